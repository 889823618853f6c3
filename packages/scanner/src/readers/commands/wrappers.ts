/** How a program that starts another one is called: what stands between its name and the other's. */
export interface Wrapper {
  /** The words that must follow its name for it to be a wrapper: `poetry run`. One of these spellings. */
  readonly subcommands?: readonly string[];
  /** Options that take the next word as their value. */
  readonly valued?: readonly string[];
  /** Plain words before the other program: `gosu USER`, `timeout 5s`. */
  readonly operands?: number;
  /** Takes `NAME=value` words, which become the other program's environment. */
  readonly assignments?: true;
  /** Without `--` everything after it is its own: `wait-for-it host:port -- program`. */
  readonly needsDashes?: true;
  /** Only a wrapper for these programs; anything else after it is a script of its own: `yarn start`. */
  readonly only?: readonly string[];
}

const userSwitch: Wrapper = { operands: 1 };
const plain: Wrapper = {};
const nodePrograms = ["node", "nodejs", "nodemon", "pm2", "pm2-runtime", "pm2-docker", "pm2-dev", "ts-node", "tsx"];

/**
 * Wrappers by name. Several entries for one name are tried in order. Options are those of the programs' own
 * manual pages and `--help` texts (coreutils, util-linux, sudo, runit's chpst, s6-setuidgid, tini, dumb-init,
 * poetry, pipenv, uv, hatch, pdm, npm's npx, pnpm, yarn, opentelemetry-instrument, cross-env, dotenv-cli) and of
 * heroku-buildpack-nginx and heroku-buildpack-pgbouncer.
 */
export const wrappers: Readonly<Record<string, readonly Wrapper[]>> = {
  exec: [{ valued: ["-a"] }],
  command: [plain],
  builtin: [plain],
  env: [{ valued: ["-u", "--unset", "-C", "--chdir"], assignments: true }],
  nice: [{ valued: ["-n", "--adjustment"] }],
  ionice: [{ valued: ["-c", "--class", "-n", "--classdata"] }],
  nohup: [plain],
  setsid: [plain],
  time: [{ valued: ["-f", "--format", "-o", "--output"] }],
  timeout: [{ valued: ["-k", "--kill-after", "-s", "--signal"], operands: 1 }],
  stdbuf: [{ valued: ["-i", "--input", "-o", "--output", "-e", "--error"] }],
  unbuffer: [plain],
  strace: [{ valued: ["-e", "-o", "-p", "-s", "-u", "-E", "-a", "-I", "-P", "-S"] }],
  ltrace: [{ valued: ["-e", "-o", "-p", "-s", "-u"] }],
  eatmydata: [plain],
  catchsegv: [plain],
  "xvfb-run": [{ valued: ["-n", "--server-num", "-s", "--server-args", "-e", "--error-file", "-f", "--auth-file", "-w", "--wait"] }],
  cgexec: [{ valued: ["-g"] }],
  "systemd-run": [{ valued: ["-p", "--property", "-u", "--unit", "-E", "--setenv", "-M", "--machine", "-H", "--host", "--slice", "--uid", "--gid", "--nice", "--working-directory", "--description", "--on-calendar", "--on-boot", "--on-active"] }],
  chroot: [{ operands: 1 }],
  flock: [{ valued: ["-w", "--timeout", "--wait", "-E", "--conflict-exit-code"], operands: 1 }],
  numactl: [{ valued: ["-i", "--interleave", "-m", "--membind", "-N", "--cpunodebind", "-C", "--physcpubind"] }],
  taskset: [{ operands: 1 }],
  prlimit: [plain],
  setpriv: [{ valued: ["--reuid", "--regid", "--groups", "--inh-caps", "--ambient-caps", "--bounding-set"] }],
  sudo: [
    {
      valued: ["-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "--close-from", "-D", "--chdir", "-T", "-R"],
      assignments: true,
    },
  ],
  doas: [{ valued: ["-u", "-C"] }],
  runuser: [{ valued: ["-u", "--user", "-g", "--group", "-G"] }],
  gosu: [userSwitch],
  "su-exec": [userSwitch],
  setuidgid: [userSwitch],
  "s6-setuidgid": [userSwitch],
  chpst: [{ valued: ["-u", "-U", "-b", "-e", "-/", "-n", "-l", "-L", "-m", "-d", "-o", "-p", "-f", "-c", "-r", "-t", "-C"] }],
  authbind: [plain],
  "with-contenv": [plain],
  "/command/with-contenv": [plain],
  envdir: [{ operands: 1 }],
  "dumb-init": [{ valued: ["-r", "--rewrite"] }],
  tini: [{ valued: ["-p", "-e"] }],
  "docker-init": [{ valued: ["-p", "-e"] }],
  catatonit: [plain],
  "wait-for-it": [{ needsDashes: true }],
  "wait-for-it.sh": [{ needsDashes: true }],
  "wait-for": [{ needsDashes: true }],
  "wait-for.sh": [{ needsDashes: true }],
  // Buildpacks of Heroku put these in front of a process.
  "start-nginx": [plain],
  "start-nginx-solo": [plain],
  "start-pgbouncer": [plain],
  "start-pgbouncer-stunnel": [plain],
  "start-stunnel": [plain],
  dockerize: [{ valued: ["-wait", "-timeout", "-template", "-stdout", "-stderr", "-wait-retry-interval", "-env", "-wait-http-header"] }],
  "newrelic-admin": [{ subcommands: ["run-program"] }],
  "ddtrace-run": [plain],
  "opentelemetry-instrument": [
    {
      valued: [
        "--traces_exporter",
        "--metrics_exporter",
        "--logs_exporter",
        "--service_name",
        "--exporter_otlp_endpoint",
        "--exporter_otlp_traces_endpoint",
        "--exporter_otlp_metrics_endpoint",
        "--resource_attributes",
      ],
    },
  ],
  poetry: [{ subcommands: ["run"], valued: ["-C", "--directory", "-P", "--project"] }],
  pipenv: [{ subcommands: ["run"] }],
  rye: [{ subcommands: ["run"] }],
  hatch: [{ subcommands: ["run"], valued: ["-e", "--env", "-p", "--project"] }],
  pdm: [{ subcommands: ["run"] }],
  pixi: [{ subcommands: ["run"], valued: ["-e", "--environment", "--manifest-path"] }],
  uv: [
    {
      subcommands: ["run"],
      valued: [
        "--with",
        "--with-editable",
        "--with-requirements",
        "--extra",
        "--group",
        "--no-group",
        "--only-group",
        "--env-file",
        "--package",
        "--project",
        "--directory",
        "-p",
        "--python",
        "-w",
        "--index",
        "--cache-dir",
        "--config-file",
      ],
    },
  ],
  uvx: [{ valued: ["--from", "--with", "-p", "--python", "--index"] }],
  bundle: [{ subcommands: ["exec"], valued: ["--gemfile"] }],
  coverage: [{ subcommands: ["run"], valued: ["--rcfile", "--source", "--include", "--omit", "--data-file", "--concurrency"] }],
  conda: [{ subcommands: ["run"], valued: ["-n", "--name", "-p", "--prefix", "--cwd"] }],
  micromamba: [{ subcommands: ["run"], valued: ["-n", "--name", "-p", "--prefix", "--cwd"] }],
  doppler: [{ subcommands: ["run"], valued: ["-p", "--project", "-c", "--config", "-t", "--token"] }],
  chamber: [{ subcommands: ["exec"], needsDashes: true }],
  "aws-vault": [{ subcommands: ["exec"], needsDashes: true }],
  infisical: [{ subcommands: ["run"], needsDashes: true }],
  op: [{ subcommands: ["run"], needsDashes: true }],
  scl: [{ subcommands: ["enable"], needsDashes: true }],
  reflex: [{ needsDashes: true }],
  envconsul: [{ valued: ["-prefix", "-secret", "-config", "-consul-addr", "-vault-addr", "-service-query"] }],
  "vault-env": [plain],
  "secrets-init": [plain],
  "elastic-apm-run": [plain],
  watchmedo: [
    {
      subcommands: ["auto-restart"],
      valued: ["-d", "--directory", "-p", "--pattern", "--patterns", "-i", "--ignore-pattern", "--ignore-patterns", "--signal", "--kill-after", "--timeout", "--interval", "--debounce-interval"],
    },
  ],
  npx: [{ valued: ["-p", "--package", "-w", "--workspace"] }],
  bunx: [plain],
  pnpx: [plain],
  pnpm: [{ subcommands: ["exec", "dlx"] }, { only: nodePrograms }],
  npm: [{ subcommands: ["exec", "x"], valued: ["-p", "--package", "-w", "--workspace"] }],
  yarn: [{ subcommands: ["exec", "dlx"] }, { subcommands: ["run"], only: nodePrograms }, { only: nodePrograms }],
  "cross-env": [{ assignments: true }],
  "cross-env-shell": [{ assignments: true }],
  dotenv: [{ subcommands: ["run"], valued: ["-f", "--file"] }, { valued: ["-e", "-c", "-v", "-p"] }],
  dotenvx: [{ subcommands: ["run"], valued: ["-f", "--env-file", "-e", "--env"] }],
  "env-cmd": [{ valued: ["-f", "--file", "-e", "--environments", "-r", "--rc-file"] }],
};

/** Options of the interpreter itself that take the next word, so that `-m` behind them is found. python(1). */
export const pythonValued: readonly string[] = ["-W", "-X", "--check-hash-based-pycs"];
