# The desk as a container. See docker-compose.yml for how to use it.
# Libraries come from the lock, hashes checked, in a layer that only a new lock rebuilds.

FROM python:3.13-slim AS build
RUN python -m venv /opt/communique
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/communique/bin:$PATH
COPY requirements/runtime.txt /src/requirements/
RUN pip install --require-hashes --requirement /src/requirements/runtime.txt
# What browsers load is built by npm, which is nothing of what runs.
COPY requirements/node.txt /src/requirements/
RUN pip install --require-hashes --target /opt/node --requirement /src/requirements/node.txt
ENV PYTHONPATH=/opt/node
COPY pyproject.toml README.md LICENSE /src/
COPY tools/front_end.py /src/tools/
COPY frontend /src/frontend
COPY service /src/service
COPY templates /src/templates
COPY subscribers /src/subscribers
COPY releases /src/releases
RUN pip install --no-deps --no-build-isolation /src

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home communique \
 && install --directory --owner communique /desk
COPY --from=build /opt/communique /opt/communique
ENV PATH=/opt/communique/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    COMMUNIQUE_HOME=/desk \
    COMMUNIQUE_HOST=0.0.0.0
WORKDIR /desk
USER communique
RUN communique init /desk
VOLUME /desk/var
EXPOSE 8025
CMD ["communique", "serve"]
