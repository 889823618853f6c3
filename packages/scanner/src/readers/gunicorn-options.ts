/** An option of gunicorn's command line. */
export interface GunicornOption {
  readonly flags: readonly string[];
  /** The setting that it gives: the name in a configuration file. */
  readonly setting: string;
  /** `maybe`: a switch up to 23, followed by a mode from 24 on. */
  readonly takes: "value" | "nothing" | "maybe";
  /** argparse converts the value with Python's int(). */
  readonly integer?: true;
  /** Each use adds to a list. */
  readonly repeatable?: true;
  /** Not known to gunicorn 20.1. */
  readonly later?: true;
}

function value(setting: string, ...flags: readonly string[]): GunicornOption {
  return { flags, setting, takes: "value" };
}

function integer(setting: string, ...flags: readonly string[]): GunicornOption {
  return { flags, setting, takes: "value", integer: true };
}

function list(setting: string, ...flags: readonly string[]): GunicornOption {
  return { flags, setting, takes: "value", repeatable: true };
}

function flag(setting: string, ...flags: readonly string[]): GunicornOption {
  return { flags, setting, takes: "nothing" };
}

function later(option: GunicornOption): GunicornOption {
  return { ...option, later: true };
}

/**
 * Every option of gunicorn 20.1.0, and those that came up to 26.2.0 (gunicorn: gunicorn/config.py, the classes with `cli`).
 * All must be known: a value that is taken for the application would hide what follows.
 */
export const gunicornOptions: readonly GunicornOption[] = [
  flag("help", "-h", "--help"),
  flag("version", "-v", "--version"),
  value("config", "-c", "--config"),
  list("bind", "-b", "--bind"),
  integer("backlog", "--backlog"),
  integer("workers", "-w", "--workers"),
  value("worker_class", "-k", "--worker-class"),
  integer("threads", "--threads"),
  integer("worker_connections", "--worker-connections"),
  integer("max_requests", "--max-requests"),
  integer("max_requests_jitter", "--max-requests-jitter"),
  integer("timeout", "-t", "--timeout"),
  integer("graceful_timeout", "--graceful-timeout"),
  integer("keepalive", "--keep-alive"),
  integer("limit_request_line", "--limit-request-line"),
  integer("limit_request_fields", "--limit-request-fields"),
  integer("limit_request_field_size", "--limit-request-field_size"),
  flag("reload", "--reload"),
  value("reload_engine", "--reload-engine"),
  list("reload_extra_files", "--reload-extra-file"),
  flag("spew", "--spew"),
  flag("check_config", "--check-config"),
  flag("print_config", "--print-config"),
  flag("preload_app", "--preload"),
  flag("sendfile", "--no-sendfile"),
  flag("reuse_port", "--reuse-port"),
  value("chdir", "--chdir"),
  flag("daemon", "-D", "--daemon"),
  list("raw_env", "-e", "--env"),
  value("pidfile", "-p", "--pid"),
  value("worker_tmp_dir", "--worker-tmp-dir"),
  value("user", "-u", "--user"),
  value("group", "-g", "--group"),
  value("umask", "-m", "--umask"),
  flag("initgroups", "--initgroups"),
  value("forwarded_allow_ips", "--forwarded-allow-ips"),
  value("accesslog", "--access-logfile"),
  flag("disable_redirect_access_to_syslog", "--disable-redirect-access-to-syslog"),
  value("access_log_format", "--access-logformat"),
  value("errorlog", "--error-logfile", "--log-file"),
  value("loglevel", "--log-level"),
  flag("capture_output", "--capture-output"),
  value("logger_class", "--logger-class"),
  value("logconfig", "--log-config"),
  later(value("logconfig_json", "--log-config-json")),
  value("syslog_addr", "--log-syslog-to"),
  flag("syslog", "--log-syslog"),
  value("syslog_prefix", "--log-syslog-prefix"),
  value("syslog_facility", "--log-syslog-facility"),
  flag("enable_stdio_inheritance", "-R", "--enable-stdio-inheritance"),
  value("statsd_host", "--statsd-host"),
  value("dogstatsd_tags", "--dogstatsd-tags"),
  value("statsd_prefix", "--statsd-prefix"),
  later(flag("enable_backlog_metric", "--enable-backlog-metric")),
  value("proc_name", "-n", "--name"),
  value("pythonpath", "--pythonpath"),
  value("paste", "--paste", "--paster"),
  { flags: ["--proxy-protocol"], setting: "proxy_protocol", takes: "maybe" },
  value("proxy_allow_ips", "--proxy-allow-from"),
  later(value("protocol", "--protocol")),
  later(value("uwsgi_allow_ips", "--uwsgi-allow-from")),
  value("keyfile", "--keyfile"),
  value("certfile", "--certfile"),
  value("ssl_version", "--ssl-version"),
  value("cert_reqs", "--cert-reqs"),
  value("ca_certs", "--ca-certs"),
  flag("suppress_ragged_eofs", "--suppress-ragged-eofs"),
  flag("do_handshake_on_connect", "--do-handshake-on-connect"),
  value("ciphers", "--ciphers"),
  later(value("http_protocols", "--http-protocols")),
  later(value("http2_cleartext", "--http2-cleartext")),
  later(integer("http2_max_concurrent_streams", "--http2-max-concurrent-streams")),
  later(integer("http2_initial_window_size", "--http2-initial-window-size")),
  later(integer("http2_max_frame_size", "--http2-max-frame-size")),
  later(integer("http2_max_header_list_size", "--http2-max-header-list-size")),
  list("raw_paste_global_conf", "--paste-global"),
  flag("strip_header_spaces", "--strip-header-spaces"),
  flag("tolerate_dangerous_framing", "--tolerate-dangerous-framing"),
  later(flag("permit_obsolete_folding", "--permit-obsolete-folding")),
  later(flag("permit_unconventional_http_method", "--permit-unconventional-http-method")),
  later(flag("permit_unconventional_http_version", "--permit-unconventional-http-version")),
  later(flag("casefold_http_method", "--casefold-http-method")),
  later(value("forwarder_headers", "--forwarder-headers")),
  later(value("header_map", "--header-map")),
  later(value("asgi_loop", "--asgi-loop")),
  later(value("asgi_lifespan", "--asgi-lifespan")),
  later(integer("asgi_disconnect_grace_period", "--asgi-disconnect-grace-period")),
  later(value("http_parser", "--http-parser")),
  later(value("root_path", "--root-path")),
  later(list("dirty_apps", "--dirty-app")),
  later(integer("dirty_workers", "--dirty-workers")),
  later(integer("dirty_timeout", "--dirty-timeout")),
  later(integer("dirty_threads", "--dirty-threads")),
  later(integer("dirty_graceful_timeout", "--dirty-graceful-timeout")),
  later(value("control_socket", "--control-socket")),
  later(value("control_socket_mode", "--control-socket-mode")),
  later(flag("control_socket_disable", "--no-control-socket")),
];
