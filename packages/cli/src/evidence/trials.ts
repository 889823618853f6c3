import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { audit, proofOf, rules, type Proof } from "@audit-backlog/audit";
import { defaulted, exact, nodeSettings, somaxconnDefault, type Assumptions } from "@audit-backlog/model";
import { openTree, scan } from "@audit-backlog/scanner";

/** A configuration that a rule fires on, and what is stated beside it: what the rule's page shows measured. */
export interface EvidenceTrial {
  readonly rule: string;
  readonly files: Readonly<Record<string, string>>;
  readonly somaxconn?: number;
  /** CPUs, clients, arrivals a second, and seconds. */
  readonly stated?: Pick<Assumptions, "cpus" | "burst" | "arrivalRate" | "serviceTime" | "clientTimeout">;
}

/** Rules whose page's example is a command line or leaves out what surrounds it. */
const own: Readonly<Record<string, Omit<EvidenceTrial, "rule">>> = {
  "abort-on-overflow": { files: { "etc/sysctl.d/60-tcp.conf": "net.ipv4.tcp_abort_on_overflow = 1\n", "gunicorn.conf.py": "backlog = 600\n" } },
  "container-somaxconn-not-inherited": {
    files: { "compose.yml": "services:\n  web:\n    image: shop\n    command: gunicorn --backlog 8192 shop.wsgi\n", "etc/sysctl.d/60-queue.conf": "net.core.somaxconn = 65535\n" },
    stated: { burst: 6000 },
  },
  "host-network-sysctls": { files: { "compose.yml": "services:\n  web:\n    image: shop\n    command: gunicorn shop.wsgi\n    network_mode: host\n    sysctls:\n      net.core.somaxconn: 4096\n" } },
  "max-fails-amplifies": {
    files: {
      Procfile: "a: gunicorn --bind unix:/run/a.sock --backlog 32 shop.wsgi\nb: gunicorn --bind unix:/run/b.sock --backlog 32 shop.wsgi\n",
      "nginx.conf": "events { worker_connections 4096; }\nhttp {\n  upstream shop { server unix:/run/a.sock; server unix:/run/b.sock; }\n  server { listen 80; location / { proxy_pass http://shop; } }\n}\n",
    },
  },
  "probe-behind-queue": {
    files: {
      "deployment.yaml":
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec:\n      containers:\n        - name: web\n          image: shop\n          command: ["gunicorn", "--bind", "0.0.0.0:8000", "--workers", "2", "shop.wsgi"]\n          livenessProbe:\n            httpGet: { path: /health, port: 8000 }\n            timeoutSeconds: 1\n',
    },
    stated: { serviceTime: 0.05 },
  },
  "queue-wait-exceeds-timeout": { files: { "gunicorn.conf.py": "workers = 4\nbacklog = 512\n" }, stated: { serviceTime: 0.3, clientTimeout: 10 } },
  "reuseport-strands-queue": { files: { "nginx.conf": "worker_processes 4;\nevents { worker_connections 4096; }\nhttp { server { listen 80 reuseport backlog=600; } }\n" }, stated: { burst: 2000 } },
  "sustained-overload": { files: { "gunicorn.conf.py": "workers = 2\n" }, stated: { arrivalRate: 100, serviceTime: 0.04 } },
  "timeouts-inverted": {
    files: {
      "gunicorn.conf.py": 'bind = "127.0.0.1:8000"\ntimeout = 120\n',
      "nginx.conf": "events { worker_connections 4096; }\nhttp { server { listen 80; location / { proxy_pass http://127.0.0.1:8000; proxy_read_timeout 30s; } } }\n",
    },
  },
  "workers-from-host-cpus": {
    files: {
      "compose.yml": "services:\n  web:\n    image: shop\n    command: gunicorn -c gunicorn.conf.py shop.wsgi\n    working_dir: /app\n    volumes: [\"./:/app\"]\n    deploy: { resources: { limits: { cpus: '2' } } }\n",
      "gunicorn.conf.py": "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\n",
    },
  },
  "backlog-clamped": { files: { "gunicorn.conf.py": "backlog = 2048\n" }, somaxconn: 128, stated: { burst: 500 } },
  "nofile-below-connections": { files: { "nginx.conf": "worker_rlimit_nofile 1024;\nevents { worker_connections 4096; }\nhttp { server { listen 80; } }\n" } },
  "target-not-met": { files: { "nginx.conf": "events { worker_connections 4096; }\nhttp { server { listen 80; } }\n" }, stated: { burst: 2000 } },
  "upstream-burst-limit": {
    files: {
      "gunicorn.conf.py": 'bind = "unix:/run/app.sock"\nworkers = 8\nbacklog = 64\n',
      "nginx.conf": "events { worker_connections 1024; }\nhttp { server { listen 80; location / { proxy_pass http://unix:/run/app.sock; } } }\n",
    },
  },
  "worker-connections-limit": {
    files: { "nginx.conf": "events { worker_connections 128; }\nhttp { server { listen 80; location / { proxy_pass http://unix:/run/app.sock; } } }\n", "gunicorn.conf.py": 'bind = "unix:/run/app.sock"\n' },
    stated: { burst: 400 },
  },
};

/** One trial for each rule, by id. */
export const evidenceTrials: readonly EvidenceTrial[] = rules.map(({ id, docs }) => ({ rule: id, ...(own[id] ?? { files: { [docs.fires.file]: `${docs.fires.text}\n` } }) }));

/** Audits a trial's files; the proof of its rule's finding. Throws where the rule does not fire. */
export function proofOfTrial({ rule, files, somaxconn, stated }: EvidenceTrial): Proof {
  const directory = mkdtempSync(join(tmpdir(), "audit-backlog-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
    const limit = somaxconn === undefined ? defaulted(somaxconnDefault.current, "Linux", somaxconnDefault.source) : ({ value: exact(somaxconn), origin: { kind: "option", flag: `--somaxconn ${somaxconn}` } } as const);
    const report = audit(scan(openTree(directory, []), { roots: new Map(), somaxconn: limit }), { floor: nodeSettings.backlog.default, assumptions: stated ?? {} });
    const finding = report.findings.find((one) => one.rule === rule);
    if (finding === undefined) throw new Error(`${rule} does not fire on its own trial: ${report.findings.map((one) => one.rule).join(", ")}`);
    return proofOf(finding, report);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
