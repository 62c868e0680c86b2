"""What every measurement of loadtest/run.py is made of; loadtest/README.md says what is measured."""
