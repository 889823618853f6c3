import type { AsgiProgram } from "@audit-backlog/model";
import { optionTable, type OptionTable } from "./gunicorn-arguments.ts";
import type { GunicornOption } from "./gunicorn-options.ts";

function option(takes: GunicornOption["takes"]): (...names: readonly string[]) => GunicornOption[] {
  // "-p --port" is one option of two flags; its setting is the last flag without dashes.
  return (...names) =>
    names.map((name) => {
      const flags = name.split(" ");
      return { flags, setting: (flags.at(-1) ?? "").replace(/^-+/, "").replaceAll("-", "_"), takes };
    });
}

const valued = option("value");
const switches = option("nothing");

const uvicorn = [
  ...valued(
    "--host", "--port", "--uds", "--fd", "--reload-dir", "--reload-include", "--reload-exclude", "--reload-delay", "--workers", "--loop", "--http", "--ws", "--ws-max-size", "--ws-max-queue",
    "--ws-ping-interval", "--ws-ping-timeout", "--ws-per-message-deflate", "--lifespan", "--interface", "--env-file", "--log-config", "--log-level", "--forwarded-allow-ips", "--root-path",
    "--limit-concurrency", "--backlog", "--limit-max-requests", "--limit-max-requests-jitter", "--timeout-keep-alive", "--timeout-graceful-shutdown", "--timeout-worker-healthcheck", "--ssl-keyfile", "--ssl-certfile",
    "--ssl-keyfile-password", "--ssl-version", "--ssl-cert-reqs", "--ssl-ca-certs", "--ssl-ciphers", "--header", "--app-dir", "--h11-max-incomplete-event-size",
  ),
  ...switches(
    "--reload", "--access-log", "--no-access-log", "--use-colors", "--no-use-colors", "--proxy-headers", "--no-proxy-headers", "--server-header", "--no-server-header", "--date-header",
    "--no-date-header", "--version", "--help", "--factory", "--reset-contextvars",
  ),
];

/** fastapi-cli: src/fastapi_cli/cli.py. It starts uvicorn. */
const fastapi = [
  ...valued("--host", "--port", "--workers", "--root-path", "--app", "-e --entrypoint", "--reload-dir", "--forwarded-allow-ips", "--log-config"),
  ...switches("--reload", "--no-reload", "--proxy-headers", "--no-proxy-headers", "--help", "--verbose"),
];

const hypercorn = [
  ...valued(
    "--access-log", "--access-logfile", "--access-logformat", "--backlog", "-b --bind", "--ca-certs", "--certfile", "--cert-reqs", "--ciphers", "-c --config", "--error-log", "--error-logfile", "--log-file",
    "--graceful-timeout", "--read-timeout", "--max-requests", "--max-requests-jitter", "-g --group", "-k --worker-class", "--keep-alive", "--keyfile", "--keyfile-password", "--insecure-bind", "--log-config",
    "--log-level", "-p --pid", "--quic-bind", "--root-path", "--server-name", "--statsd-host", "--statsd-prefix", "-m --umask", "-u --user", "--verify-mode", "--websocket-ping-interval", "-w --workers",
  ),
  ...switches("--debug", "--reload", "-h --help"),
];

const daphne = [
  ...valued(
    "-p --port", "-b --bind", "--websocket_timeout", "--websocket_connect_timeout", "-u --unix-socket", "--fd", "-e --endpoint", "-v --verbosity", "-t --http-timeout", "--access-log", "--log-fmt",
    "--ping-interval", "--ping-timeout", "--application-close-timeout", "--root-path", "--proxy-headers-host", "--proxy-headers-port", "-s --server-name",
  ),
  ...switches("--proxy-headers", "--no-server-name", "-h --help"),
];

/**
 * Options of the command lines. All must be known: a value that is taken for the application would hide what follows.
 * uvicorn: uvicorn/main.py up to 0.40; hypercorn: hypercorn/__main__.py up to 0.18; daphne: daphne/cli.py up to 4.2.
 */
export const asgiOptions: Readonly<Record<AsgiProgram | "fastapi", OptionTable>> = {
  uvicorn: optionTable(uvicorn),
  fastapi: optionTable(fastapi),
  hypercorn: optionTable(hypercorn),
  daphne: optionTable(daphne),
};
