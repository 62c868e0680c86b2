# vecgate in a container: builds on Debian 12, and leaves the binary alone with what it links.
#
#   docker build -t vecgate .
#   docker run -v vecgate-data:/var/lib/vecgate -p 127.0.0.1:6333:6333 \
#     -v "$PWD/api-key:/run/secrets/vecgate-key:ro" \
#     -e VECGATE_CREDENTIALS_API_KEY_FILE=/run/secrets/vecgate-key vecgate
#
# User 10001 must be able to read the file. Outside of the container it can be reached only where a
# port is published, but inside it listens on all addresses: without credentials it does not start,
# unless `auth: none` is written out (-e VECGATE_AUTH=none). What ENV says below goes before a
# configuration file: -e VECGATE_LISTEN=… says otherwise.
FROM debian:12-slim AS build
WORKDIR /src
COPY deps deps
RUN deps/install.sh build
COPY . .
RUN cmake --preset release && cmake --build build/release --target vecgate

FROM debian:12-slim
COPY deps/install.sh deps/packages.txt /tmp/deps/
RUN /tmp/deps/install.sh run \
    && rm -rf /tmp/deps /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/vecgate --shell /usr/sbin/nologin vecgate \
    && install -d -o vecgate -g vecgate -m 700 /var/lib/vecgate
COPY --from=build /src/build/release/vecgate /usr/local/bin/vecgate
COPY LICENSE /usr/share/doc/vecgate/LICENSE
USER 10001:10001
WORKDIR /var/lib/vecgate
VOLUME /var/lib/vecgate
ENV VECGATE_DATA=/var/lib/vecgate VECGATE_LISTEN=0.0.0.0:6333
EXPOSE 6333
STOPSIGNAL SIGTERM
# Is the process alive? Whether its backend is, /readyz says: that is no reason to restart this one.
# With TLS on, plain HTTP gets a 400: that, too, takes a process that works.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${VECGATE_LISTEN##*:} && printf 'GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [[ $status == [24]00 ]]"]
ENTRYPOINT ["/usr/local/bin/vecgate"]
CMD ["serve"]
