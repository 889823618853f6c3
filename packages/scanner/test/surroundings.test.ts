import { describe, expect, it } from "vitest";
import { environmentOfPath } from "../src/assemble/environments.ts";
import { chainIds, scanned, serviceIn, shownNumber } from "./scanning.ts";

const somaxconnOf = (files: Readonly<Record<string, string>>, id: string, options = {}): string => {
  const [listener] = serviceIn(scanned(files, options), id).listeners;
  if (listener === undefined) throw new Error("no listener");
  return shownNumber(listener.somaxconn);
};

const web = (more: string): string => `services:\n  web:\n    command: gunicorn shop.wsgi -b 0.0.0.0:8000\n${more}`;
const id = "gunicorn:docker-compose.yml:web";
const host = { "etc/sysctl.conf": "net.core.somaxconn = 65535\n" };

describe("the somaxconn of a listener", () => {
  it.each([
    ["its own sysctls, as a map", "    sysctls:\n      net.core.somaxconn: 1024\n", "1024 docker-compose.yml:5"],
    ["its own sysctls, as a list", "    sysctls:\n      - net.core.somaxconn=1024\n", "1024 docker-compose.yml:5"],
    ["a text, with slashes", '    sysctls:\n      net/core/somaxconn: "1024"\n', "1024 docker-compose.yml:5"],
    ["a variable's default", "    sysctls: { net.core.somaxconn: \"${SOMAXCONN:-512}\" }\n", "~512 docker-compose.yml:4"],
    ["nothing of its own, whatever the machine says", "", "~4096 Linux"],
    ["the machine's, on its network", "    network_mode: host\n", "65535 etc/sysctl.conf:1"],
    ["the namespace that it joins", "    network_mode: service:net\n  net:\n    image: pause\n    sysctls: [net.core.somaxconn=300]\n", "300 docker-compose.yml:7"],
    ["a namespace joined by way of another", "    network_mode: service:a\n  a:\n    image: x\n    network_mode: service:b\n  b:\n    image: y\n    sysctls: [net.core.somaxconn=301]\n", "301 docker-compose.yml:10"],
  ])("is that of %s", (_, more, expected) => {
    expect(somaxconnOf({ "docker-compose.yml": web(more), ...host }, id)).toBe(expected);
  });

  it("is 128 on a kernel before 5.4 where nothing sets it", () => {
    expect(somaxconnOf({ "docker-compose.yml": web("") }, id, { kernel: "5.3" })).toBe("~128 Linux 5.3");
    expect(somaxconnOf({ "docker-compose.yml": web("") }, id, { kernel: "4.19.0-25-amd64" })).toBe("~128 Linux 4.19.0-25-amd64");
    expect(somaxconnOf({ "docker-compose.yml": web("") }, id, { kernel: "5.10" })).toBe("~4096 Linux 5.10");
  });

  it("is what was stated, but for a namespace that has its own", () => {
    const stated = { somaxconn: { value: { kind: "exact", value: 2000 }, origin: { kind: "option", flag: "--somaxconn 2000" } } as const };
    expect(somaxconnOf({ "docker-compose.yml": web(""), ...host }, id, stated)).toBe("2000 option");
    expect(somaxconnOf({ "docker-compose.yml": web("    network_mode: host\n"), ...host }, id, stated)).toBe("2000 option");
    expect(somaxconnOf({ "docker-compose.yml": web("    sysctls: [net.core.somaxconn=7]\n"), ...host }, id, stated)).toBe("7 docker-compose.yml:4");
  });

  it("is the machine's for a unit, and perhaps for what nobody places", () => {
    const unit = { "deploy/web.service": "[Service]\nExecStart=/usr/bin/gunicorn shop.wsgi -b 0.0.0.0:8000\n", ...host };
    expect(somaxconnOf(unit, "gunicorn:deploy/web.service:web")).toBe("65535 etc/sysctl.conf:1");
    const loose = { "gunicorn.conf.py": "bind = '0.0.0.0:8000'\nbacklog = 9\n", ...host };
    expect(somaxconnOf(loose, "gunicorn:gunicorn.conf.py")).toBe("65535 on a machine that has etc/sysctl.conf | 4096 in a container");
  });

  it("stays apart where one server runs in two places", () => {
    const dockerfile = "FROM python\nCOPY . /app\nCMD [\"gunicorn\", \"shop.wsgi\", \"-b\", \"0.0.0.0:8000\"]\n";
    const files = {
      Dockerfile: dockerfile,
      "docker-compose.prod.yml": "services:\n  web:\n    build: .\n    sysctls: [net.core.somaxconn=1024]\n",
      "docker-compose.dev.yml": "services:\n  web:\n    build: .\n",
    };
    const service = serviceIn(scanned(files), "gunicorn:Dockerfile:Dockerfile");
    expect(service.runsIn?.map((place) => place.id)).toEqual(["docker-compose.dev.yml#web", "docker-compose.prod.yml#web"]);
    expect(service.environments).toEqual(["development", "production"]);
    expect(service.listeners.map(({ somaxconn }) => shownNumber(somaxconn))).toEqual(["4096 in docker-compose.dev.yml web | 1024 in docker-compose.prod.yml web"]);
  });
});

describe("where a server runs", () => {
  it("follows a build to the stage that is its target, its entrypoint and its script", () => {
    const files = {
      "docker-compose.yml": "services:\n  api:\n    build: { context: ., dockerfile: docker/Dockerfile, target: prod }\n    environment: [WEB_CONCURRENCY=7]\n  beat:\n    build: { context: ., dockerfile: docker/Dockerfile, target: other }\n",
      "docker/Dockerfile":
        "FROM python AS base\nWORKDIR /app\nCOPY docker/start.sh /usr/local/bin/start\nENTRYPOINT [\"tini\", \"--\"]\nFROM base AS prod\nCMD [\"start\"]\nFROM base AS other\nCMD [\"celery\"]\n",
      "docker/start.sh": "#!/bin/sh\nexec gunicorn shop.wsgi -b 0.0.0.0:9000\n",
    };
    const service = serviceIn(scanned(files), "gunicorn:docker/start.sh:start.sh");
    expect(service.runsIn?.map((place) => place.id)).toEqual(["docker-compose.yml#api"]);
    expect(service.hostnames).toEqual(["api"]);
    expect(service.startedBy).toEqual([{ file: "docker/start.sh", kind: "shell", name: "start.sh" }]);
    // gunicorn/config.py: workers defaults to $WEB_CONCURRENCY.
    expect(service.kind === "gunicorn" && service.settings.workers.value).toMatchObject({ kind: "exact", value: 7 });
  });

  it("puts a command behind the image's entrypoint", () => {
    const files = {
      "compose.yaml": "services:\n  web:\n    build: .\n    command: [\"-b\", \"0.0.0.0:8000\", \"shop.wsgi\"]\n",
      Dockerfile: "FROM python\nENTRYPOINT [\"gunicorn\", \"--backlog\", \"64\"]\n",
    };
    const deployment = scanned(files);
    const [listener] = serviceIn(deployment, "gunicorn:compose.yaml:web").listeners;
    expect(listener && shownNumber(listener.backlog.requested)).toBe("64 Dockerfile:2");
  });

  it("ties nginx to its container by a mount, and its includes by the container's paths", () => {
    const files = {
      "docker-compose.yml": "services:\n  proxy:\n    image: nginx:1.27\n    volumes:\n      - ./a/main.conf:/etc/nginx/nginx.conf:ro\n      - type: bind\n        source: ./b\n        target: /etc/nginx/templates\n",
      "a/main.conf": "events {}\nhttp { include /etc/nginx/conf.d/*.conf; }\n",
      "b/site.conf.template": "server { listen 8080 backlog=99; }\n",
    };
    const service = serviceIn(scanned(files), "nginx:a/main.conf");
    expect(service.runsIn?.map((place) => place.id)).toEqual(["docker-compose.yml#proxy"]);
    expect(service.listeners.map((listener) => listener.id)).toEqual(["nginx:a/main.conf#*:8080"]);
  });

  it("ties nginx to the container whose image has its file", () => {
    const files = {
      "docker-compose.yml": "services:\n  proxy:\n    build: { context: nginx }\n",
      "nginx/Dockerfile": "FROM nginx\nENV NGINX_DIR=/etc/nginx\nCOPY setup/default.conf ${NGINX_DIR}/conf.d/\n",
      "nginx/setup/default.conf": "server { listen 81; location / { proxy_pass http://x; } }\n",
    };
    expect(serviceIn(scanned(files), "nginx:nginx/setup/default.conf").hostnames).toEqual(["proxy"]);
  });

  it("reads an inline configuration at its own place", () => {
    const files = {
      "compose.yaml":
        "services:\n  proxy:\n    image: nginx\n    configs:\n      - source: site\n        target: /etc/nginx/conf.d/default.conf\n  web:\n    command: gunicorn a -b :8000\nconfigs:\n  site:\n    content: |\n      server {\n        listen 80 backlog=33;\n        location / { proxy_pass http://web:8000; }\n      }\n",
    };
    const deployment = scanned(files);
    const [service] = deployment.services.filter(({ kind }) => kind === "nginx");
    const [listener] = service?.listeners ?? [];
    expect(listener && shownNumber(listener.backlog.requested)).toBe("33 compose.yaml:13");
    expect(chainIds(deployment)).toHaveLength(1);
  });
});

describe("links", () => {
  const proxy = (target: string): string => `events {}\nhttp { server { listen 80; location / { proxy_pass http://${target}; } } }\n`;
  const mount = "    image: nginx\n    volumes: [./nginx.conf:/etc/nginx/nginx.conf]\n";

  it("knows aliases and container names, and networks that are not shared", () => {
    const app = (network: string): string => `  app:\n    command: gunicorn a -b :8000\n    container_name: shop-app\n    networks: { ${network}: { aliases: [backend] } }\n`;
    const compose = (network: string): string => `services:\n  proxy:\n${mount}    networks: [front]\n${app(network)}`;
    for (const name of ["app", "shop-app", "backend"]) {
      expect(chainIds(scanned({ "compose.yaml": compose("front"), "nginx.conf": proxy(`${name}:8000`) })), name).toHaveLength(1);
    }
    expect(chainIds(scanned({ "compose.yaml": compose("back"), "nginx.conf": proxy("app:8000") }))).toEqual([]);
    expect(chainIds(scanned({ "compose.yaml": compose("front"), "nginx.conf": proxy("app:8001") }))).toEqual([]);
  });

  it("means its own namespace by localhost", () => {
    const compose = (more: string): string => `services:\n  proxy:\n${mount}${more}  app:\n    command: gunicorn a -b 127.0.0.1:8000\n`;
    expect(chainIds(scanned({ "compose.yaml": compose(""), "nginx.conf": proxy("127.0.0.1:8000") }))).toEqual([]);
    expect(chainIds(scanned({ "compose.yaml": compose("    network_mode: service:app\n"), "nginx.conf": proxy("127.0.0.1:8000") }))).toHaveLength(1);
  });

  it("goes from the machine through a published port", () => {
    const compose = "services:\n  app:\n    command: gunicorn a -b :8000\n    ports: ['127.0.0.1:9000:8000']\n";
    expect(chainIds(scanned({ "compose.yaml": compose, "nginx.conf": proxy("127.0.0.1:9000") }))).toEqual(["nginx:nginx.conf#*:80 > gunicorn:compose.yaml:app#*:8000"]);
  });

  it("never leads from one environment into another", () => {
    const compose = (backlog: number): string => `services:\n  proxy:\n${mount}  app:\n    command: gunicorn a -b :8000 --backlog ${backlog}\n`;
    const files = { "docker-compose.prod.yml": compose(2048), "docker-compose.dev.yml": compose(64), "nginx.conf": proxy("app:8000") };
    const deployment = scanned(files);
    // One nginx in both, and each gunicorn behind its own.
    expect(serviceIn(deployment, "nginx:nginx.conf").environments).toEqual(["development", "production"]);
    expect(chainIds(deployment)).toEqual(["nginx:nginx.conf#*:80 > gunicorn:docker-compose.dev.yml:app#*:8000", "nginx:nginx.conf#*:80 > gunicorn:docker-compose.prod.yml:app#*:8000"]);
    const only = { "docker-compose.prod.yml": `services:\n  proxy:\n${mount}`, "docker-compose.dev.yml": "services:\n  app:\n    command: gunicorn a -b :8000\n", "nginx.conf": proxy("app:8000") };
    expect(chainIds(scanned(only))).toEqual([]);
  });

  it("takes environments from stated globs before names", () => {
    const files = { "a/docker-compose.dev.yml": web("") };
    const deployment = scanned(files, { environments: new Map([["canary", ["a/**"]]]) });
    expect(deployment.services.map(({ environments }) => environments)).toEqual([["canary"]]);
  });
});

describe("the environment of a path", () => {
  it.each([
    ["docker-compose.prod.yml", "production"],
    ["compose/production/nginx/default.conf", "production"],
    ["deploy/overlays/dev/web.yaml", "development"],
    ["deploy/dev/docker-compose.staging.yml", "staging"],
    ["rootfs/usr/local/bin/start.sh", undefined],
    ["docker-compose.yml", undefined],
    ["reproduction/nginx.conf", undefined],
    ["examples/flask/compose.yaml", "examples/flask"],
    [".examples/flask/docker-compose.prod.yml", ".examples/flask production"],
  ])("of %s is %s", (path, expected) => {
    expect(environmentOfPath(path)).toBe(expected);
  });
});
