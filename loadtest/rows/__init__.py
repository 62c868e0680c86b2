"""One file a measurement. Each has NAME (what one types), TITLE, and measure(bench, section)."""
