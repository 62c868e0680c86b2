"""The peers of a proxied request: nginx and HAProxy in front of the backend that vecgate has, one worker each."""
import shutil

from .servers import Nginx


class NginxProxy(Nginx):
    """`proxy_pass` to a server's address."""

    def __init__(self, folder, backend, conf="nginx-proxy.conf"):
        super().__init__(folder, conf)
        self.backend = backend

    def fill(self, text):
        return super().fill(text.replace("@BACKEND@", self.backend))


class HAProxy(NginxProxy):
    def __init__(self, folder, backend):
        super().__init__(folder, backend, "haproxy.cfg")

    @staticmethod
    def program():
        return shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")

    def command(self, conf):
        return [self.program(), "-db", "-f", conf]  # in the foreground
