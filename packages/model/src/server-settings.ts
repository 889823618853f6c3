/** One setting of a server as the server itself treats it. */
export interface ServerSetting {
  readonly default: number;
  /** The least number that the server starts with. */
  readonly least: number;
  /** What a number below `least` does, as a clause. */
  readonly below: string;
  /** Where the default or the range differs by version, or an accepted number does something unexpected. */
  readonly remarks?: readonly string[];
  readonly source: string;
}

const config = "gunicorn: gunicorn/config.py validate_pos_int";
const mustBePositive = 'gunicorn does not start: "Value must be positive"';
const upstream = "nginx docs: ngx_http_upstream_module, server";

function gunicornSetting(byDefault: number, remarks?: readonly string[]): ServerSetting {
  return { default: byDefault, least: 0, below: mustBePositive, source: config, ...(remarks === undefined ? {} : { remarks }) };
}

function nginxTimeout(directive: string): ServerSetting {
  return { default: 60, least: 0, below: "nginx does not start: invalid value", source: `nginx docs: ${directive}; seconds` };
}

export const nginxSettings = {
  backlog: {
    default: 511,
    least: 1,
    below: "nginx does not start: invalid backlog",
    remarks: ["from 2147483648 on it is cast to a C int: that number itself becomes negative, so somaxconn", "-1 by default on FreeBSD, DragonFly and macOS"],
    source: "nginx: src/http/ngx_http_core_module.c ngx_http_core_listen; src/os/unix/ngx_linux_config.h NGX_LISTEN_BACKLOG",
  },
  worker_processes: {
    default: 1,
    least: 0,
    below: "nginx does not start: invalid value",
    remarks: ["0 starts a master that listens and no worker that accepts", "auto counts the CPUs that are online and knows nothing of a container's quota"],
    source: "nginx: src/core/nginx.c ngx_set_worker_processes",
  },
  worker_connections: {
    default: 512,
    least: 2,
    below: "nginx does not start: worker_connections are not enough for the listening sockets",
    remarks: ["the least is one more than the number of listening sockets"],
    source: "nginx: src/event/ngx_event.c DEFAULT_CONNECTIONS, ngx_event_process_init",
  },
  proxy_connect_timeout: nginxTimeout("proxy_connect_timeout"),
  proxy_read_timeout: nginxTimeout("proxy_read_timeout"),
  weight: { default: 1, least: 1, below: "nginx does not start: invalid parameter", source: upstream },
  max_conns: { default: 0, least: 0, below: "nginx does not start: invalid parameter", remarks: ["0 means no limit", "counted by each worker unless the group has a zone"], source: upstream },
  max_fails: { default: 1, least: 0, below: "nginx does not start: invalid parameter", remarks: ["has no effect in a group of one server"], source: upstream },
  fail_timeout: { default: 10, least: 0, below: "nginx does not start: invalid parameter", remarks: ["seconds; has no effect in a group of one server"], source: upstream },
} as const satisfies Readonly<Record<string, ServerSetting>>;

export const gunicornSettings = {
  backlog: gunicornSetting(2048, ["0 is accepted and holds one connection"]),
  workers: gunicornSetting(1, ["WEB_CONCURRENCY, where it is set", "0 listens and serves nobody"]),
  threads: gunicornSetting(1, ["more than 1 turns the sync class into gthread"]),
  worker_connections: gunicornSetting(1000, ["read by gthread, gevent and eventlet only"]),
  timeout: gunicornSetting(30, ["seconds; 0 means none"]),
  graceful_timeout: gunicornSetting(30),
  keepalive: gunicornSetting(2),
  max_requests: gunicornSetting(0, ["0 means no limit"]),
} as const satisfies Readonly<Record<string, ServerSetting>>;

export const nodeSettings = {
  backlog: {
    default: 511,
    least: 1,
    below: "a positional 0 or negative number means 511, as 0 in the options does; a negative number in the options means somaxconn",
    remarks: ["converted to a 32-bit integer: 0.5, Infinity, 2 ** 32 and \"abc\" in the options become 0, true becomes 1"],
    source: "node: lib/net.js Server.prototype.listen, setupListenHandle",
  },
} as const satisfies Readonly<Record<string, ServerSetting>>;
