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
