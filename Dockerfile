# four images: `api` serves the shipped model, `trainer` also trains; `mlflow` and `airflow` are for compose.yaml
FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1
WORKDIR /app
RUN useradd --uid 10001 --create-home emoji && install --directory --owner emoji /app/instance

FROM base AS build
RUN python -m venv --without-pip /venv
COPY emoji_api/requirements.txt serving.txt
RUN python -m pip --python /venv/bin/python install --no-cache-dir --requirement serving.txt
COPY pyproject.toml README.md LICENSE ./
COPY emoji_api emoji_api
RUN python -m pip --python /venv/bin/python install --no-cache-dir --no-deps .

FROM build AS trainer
COPY requirements.txt params.yaml ./
RUN python -m pip --python /venv/bin/python install --no-cache-dir --requirement requirements.txt
COPY tests tests
ENV PATH=/venv/bin:$PATH EMOJI_API_HOST=0.0.0.0 PORT=5000 HF_HOME=/app/instance/huggingface MPLCONFIGDIR=/tmp/matplotlib
USER 10001
VOLUME /app/instance
EXPOSE 5000
ENTRYPOINT ["emoji-api"]
CMD ["train"]

# removes files that serving does not use: the hub's client, tests, type stubs, static libraries, source maps, tools
# whose dependencies are missing, and ONNX Runtime's C library, which its Python extension already contains
FROM build AS served
RUN python -m pip --python /venv/bin/python uninstall --yes huggingface-hub hf-xet \
    && find /venv -type d -name tests -prune -exec rm -r {} + \
    && find /venv -type f \( -name '*.map' -o -name '*.pyi' -o -name '*.a' \) -delete \
    && cd /venv/lib/python3.11/site-packages \
    && rm -r numpy/distutils numpy/f2py numpy/_core/include sqlalchemy/testing \
    && cd onnxruntime && rm -r quantization tools transformers capi/libonnxruntime.so.*

# the charts' JavaScript, 0.9 MB, in place of the package that has it, 84 MB
FROM base AS charts
COPY requirements.txt ./
RUN python -m pip install --no-cache-dir --target /charts --constraint requirements.txt vl-convert-python \
    && PYTHONPATH=/charts python -c "import vl_convert; print(vl_convert.javascript_bundle())" > /vega.js

FROM base AS api
COPY --from=served /venv /venv
COPY --from=charts /vega.js /venv/lib/python3.11/site-packages/emoji_api/pages/static/
ENV PATH=/venv/bin:$PATH EMOJI_API_HOST=0.0.0.0 PORT=5000
USER 10001
VOLUME /app/instance
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/ready', timeout=2)"]
CMD ["gunicorn", "--config", "python:emoji_api.gunicorn_conf"]

FROM base AS mlflow
RUN python -m venv --without-pip /venv
COPY requirements.txt ./
RUN python -m pip --python /venv/bin/python install --no-cache-dir --constraint requirements.txt mlflow 'psycopg[binary]'
ENV PATH=/venv/bin:$PATH MLFLOW_DISABLE_TELEMETRY=true
USER 10001
VOLUME /app/instance
EXPOSE 5000
CMD ["mlflow", "server", "--host", "0.0.0.0", "--backend-store-uri", "sqlite:////app/instance/mlflow.db", \
    "--artifacts-destination", "/app/instance/mlartifacts"]

# not from Airflow's image: the tests of dags/ run with exactly these versions
FROM base AS airflow
RUN python -m venv --without-pip /venv && install --directory --owner emoji /app/logs
COPY dags/requirements.txt airflow.txt
RUN python -m pip --python /venv/bin/python install --no-cache-dir --requirement airflow.txt
COPY pyproject.toml README.md LICENSE params.yaml ./
COPY emoji_api emoji_api
RUN python -m pip --python /venv/bin/python install --no-cache-dir --no-deps .
COPY dags dags
# PYTHONPATH: the triggerer imports triggers from dags/, but Airflow adds that folder only where DAGs are parsed and run
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app/dags AIRFLOW_HOME=/tmp/airflow AIRFLOW__CORE__DAGS_FOLDER=/app/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=false AIRFLOW__LOGGING__BASE_LOG_FOLDER=/app/logs
USER 10001
VOLUME /app/logs
EXPOSE 8080
CMD ["airflow", "standalone"]
