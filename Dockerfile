# One static binary, and an image per service around it: `docker build --target api .`
#
# The images hold the binary and nothing else: no shell, no libraries, no package to update. They run as an unprivileged user and need
# no writable folder. Any builder will do; nothing here asks for BuildKit.

FROM rust:1-bookworm AS build
WORKDIR /source
COPY . .
# glibc, linked statically: the allocator that SQLite and zstd get from it is several times faster under threads than musl's, and since
# 2.34 its resolver needs no library at run time, so names of other containers resolve. Naming the target keeps the flag away from procedural macros.
RUN target="$(rustc --version --verbose | sed -n 's/^host: //p')" \
 && RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --package multihome --target "$target" \
 && mv "target/$target/release/multihome" /multihome \
 && rm -rf target

# From here on the stages need only the binary; scripts/images builds them from one that exists already.
FROM scratch AS multihome
COPY --from=build /multihome /multihome
USER 65532:65532
# The operator port, with /livez and /readyz: what the health check asks.
ENV MULTIHOME_OPERATOR=0.0.0.0:9090
EXPOSE 9090
ENTRYPOINT ["/multihome"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 CMD ["/multihome", "healthcheck", "--operator", "127.0.0.1:9090"]

FROM multihome AS migrate
HEALTHCHECK NONE
CMD ["migrate"]

FROM multihome AS api
ENV MULTIHOME_LISTEN=0.0.0.0:4566
EXPOSE 4566
CMD ["api"]

FROM multihome AS attachment
CMD ["attachment"]

FROM multihome AS poller
CMD ["poller"]

FROM multihome AS broadcaster
CMD ["broadcaster"]

FROM multihome AS route-workflow
CMD ["route-workflow"]

FROM multihome AS metadata
ENV MULTIHOME_METADATA_LISTEN=0.0.0.0:4567
EXPOSE 4567
CMD ["metadata"]

FROM multihome AS cluster
CMD ["cluster"]
