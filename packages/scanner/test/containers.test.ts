import { describe, expect, it } from "vitest";
import type { Service } from "@audit-backlog/model";
import { looksLikeNginx } from "../src/readers/nginx.ts";
import { chainIds, scanned, serviceIn } from "./scanning.ts";

const placesOf = ({ runsIn }: Service): readonly string[] => (runsIn ?? []).map(({ id }) => id);
const workersOf = (files: Readonly<Record<string, string>>, id: string): unknown => {
  const service = serviceIn(scanned(files), id);
  return service.kind === "gunicorn" ? service.settings.workers.value : undefined;
};
const nginxConf = "events {}\nhttp { server { listen 80; } }\n";

describe("what an image has of the tree", () => {
  // docs.docker.com/reference/dockerfile, COPY: a destination that is a directory gets the file inside it.
  it.each([".", "./", "/app", "/app/", "/app/."])("copies a file into the working directory by COPY … %s", (to) => {
    const files = {
      "docker-compose.yml": "services:\n  web:\n    build: { context: ., dockerfile: docker/Dockerfile }\n    command: ['nohup', './start.sh']\n",
      "docker/Dockerfile": `FROM python\nWORKDIR /app\nCOPY docker/start.sh ${to}\n`,
      "docker/start.sh": "gunicorn shop.wsgi -b 0.0.0.0:8000 &\nwait\n",
    };
    expect(placesOf(serviceIn(scanned(files), "gunicorn:docker/start.sh:start.sh"))).toEqual(["docker-compose.yml#web"]);
  });

  it("copies what a build argument of the service names", () => {
    const files = {
      "docker-compose.yml": "services:\n  proxy:\n    build:\n      context: proxy\n      args: { CONF: site.conf }\n",
      "proxy/Dockerfile": "FROM nginx\nARG CONF\nCOPY ${CONF} /etc/nginx/nginx.conf\n",
      "proxy/site.conf": nginxConf,
    };
    expect(placesOf(serviceIn(scanned(files), "nginx:proxy/site.conf"))).toEqual(["docker-compose.yml#proxy"]);
  });

  it("takes build arguments over an ARG's own default, and neither where services differ", () => {
    const files = (two: string): Record<string, string> => ({
      "docker-compose.yml": `services:\n  a:\n    build: { context: ., args: [WORKERS=5] }\n  b:\n    build: { context: ., args: [WORKERS=${two}] }\n`,
      Dockerfile: 'FROM python\nARG WORKERS=2\nENV WEB_CONCURRENCY=$WORKERS\nCMD ["gunicorn", "shop.wsgi"]\n',
    });
    expect(workersOf(files("5"), "gunicorn:Dockerfile:Dockerfile")).toEqual({ kind: "assumed", value: 5, variable: "WORKERS" });
    expect(workersOf(files("6"), "gunicorn:Dockerfile:Dockerfile")).toEqual({ kind: "assumed", value: 2, variable: "WORKERS" });
  });
});

describe("the container of an nginx configuration", () => {
  it("is none that sees the file and runs something else", () => {
    const files = {
      "docker-compose.yml":
        "services:\n  php:\n    image: shop/php:8\n    command: php-fpm -d expose_php=0\n    volumes: ['./conf:/etc/nginx']\n  certs:\n    image: certbot/certbot\n    volumes: ['./conf:/etc/nginx']\n  web:\n    image: nginx:1.27\n    volumes: ['./conf:/etc/nginx']\n",
      "conf/nginx.conf": nginxConf,
    };
    expect(placesOf(serviceIn(scanned(files), "nginx:conf/nginx.conf"))).toEqual(["docker-compose.yml#web"]);
  });

  it("is each that may run nginx", () => {
    const files = {
      "docker-compose.yml": "services:\n  edge:\n    build: .\n    volumes: ['./conf:/etc/nginx']\n  web:\n    image: nginx:1.27\n    volumes: ['./conf:/etc/nginx']\n",
      "conf/nginx.conf": nginxConf,
    };
    expect(placesOf(serviceIn(scanned(files), "nginx:conf/nginx.conf"))).toEqual(["docker-compose.yml#edge", "docker-compose.yml#web"]);
  });

  it("is the only one that has it, whatever that is called", () => {
    const files = { "docker-compose.yml": "services:\n  front:\n    image: registry.example/front\n    volumes: ['./conf:/etc/nginx']\n", "conf/nginx.conf": nginxConf };
    expect(placesOf(serviceIn(scanned(files), "nginx:conf/nginx.conf"))).toEqual(["docker-compose.yml#front"]);
  });
});

it("takes the configuration of another daemon for none of nginx's", () => {
  expect(looksLikeNginx("templates/etc/openntpd/ntpd.conf.j2", "# Addresses to listen on\n{% if listen %}\nlisten on {{ listen }}\n{% endif %}\n")).toBe(false);
});

describe("links across projects", () => {
  it("prefer the project's own service on a network that others share", () => {
    const project = (workers: number): string => `services:\n  proxy:\n    image: nginx\n    volumes: ['./nginx.conf:/etc/nginx/nginx.conf']\n    networks: [edge]\n  web:\n    image: python\n    command: gunicorn shop.wsgi -b 0.0.0.0:8000 -w ${workers}\n    networks: [edge]\nnetworks: { edge: { name: edge } }\n`;
    const conf = "events {}\nhttp { server { listen 80; location / { proxy_pass http://web:8000; } } }\n";
    const files = { "a/docker-compose.yml": project(2), "a/nginx.conf": conf, "b/docker-compose.yml": project(3), "b/nginx.conf": conf };
    expect(chainIds(scanned(files))).toEqual(["a", "b"].map((name) => `nginx:${name}/nginx.conf#*:80 > gunicorn:${name}/docker-compose.yml:web#*:8000`));
  });
});

describe("a compose file's variables", () => {
  const compose = "services:\n  web:\n    image: python\n    command: gunicorn shop.wsgi -b 0.0.0.0:8000 -w ${WORKERS}\n";
  const id = "gunicorn:docker-compose.yml:web";

  it("come from the .env file beside it, and may be set otherwise", () => {
    expect(workersOf({ "docker-compose.yml": compose, ".env": "WORKERS=3\n" }, id)).toEqual({ kind: "assumed", value: 3, variable: "WORKERS" });
    expect(workersOf({ "docker-compose.yml": compose, "other/.env": "WORKERS=3\n" }, id)).toEqual({ kind: "dynamic", variable: "WORKERS" });
  });

  it.each([
    ["${WORKERS:-7}", "WORKERS=3", 3],
    ["${WORKERS-7}", "WORKERS='3'", 3],
    ["${WORKERS:-7}", "WORKERS=", 7],
    ["${WORKERS:?set it}", 'WORKERS="3" # a remark', 3],
    ["$WORKERS", "export WORKERS=3\r", 3],
    ["$WORKERS", "\uFEFFWORKERS=3", 3],
  ])("%s with %s", (written, env, expected) => {
    expect(workersOf({ "docker-compose.yml": compose.replace("${WORKERS}", written), ".env": `${env}\n` }, id)).toEqual({ kind: "assumed", value: expected, variable: "WORKERS" });
  });

  it("are handed on by a name alone", () => {
    const files = { "docker-compose.yml": "services:\n  web:\n    image: x\n    command: gunicorn shop.wsgi\n    environment: [WEB_CONCURRENCY]\n", ".env": "WEB_CONCURRENCY=5\n" };
    expect(workersOf(files, id)).toMatchObject({ kind: "assumed", value: 5 });
  });

  it("reach mounts, too", () => {
    const files = { "docker-compose.yml": "services:\n  web:\n    image: nginx\n    volumes: ['${CONF}:/etc/nginx/nginx.conf:ro']\n", ".env": "CONF=./nginx.conf\n", "nginx.conf": nginxConf };
    expect(placesOf(serviceIn(scanned(files), "nginx:nginx.conf"))).toEqual(["docker-compose.yml#web"]);
  });
});

it("belongs to the environment that a service's only profile is called", () => {
  const files = { "compose.yml": "services:\n  web:\n    image: x\n    profiles: [dev]\n    command: gunicorn shop.wsgi\n  api:\n    image: x\n    profiles: [frontend]\n    command: gunicorn api.wsgi\n" };
  const { services } = scanned(files);
  expect(services.map(({ environments }) => environments)).toEqual([["development"], undefined]);
});

it("reads a unit behind a byte order mark", () => {
  const service = serviceIn(scanned({ "web.service": "\uFEFF[Service]\r\nExecStart=/usr/bin/gunicorn shop.wsgi -w 3\r\n" }), "gunicorn:web.service:web");
  expect(service.kind === "gunicorn" ? service.settings.workers : undefined).toMatchObject({ value: { value: 3 }, origin: { range: { start: { line: 2 } } } });
});

it("reads Python inside a compose file at its own place", () => {
  const files = {
    "compose.yml": "services:\n  web:\n    image: x\n    command: gunicorn shop.wsgi -c /etc/gunicorn.conf.py\n    configs: [{ source: settings, target: /etc/gunicorn.conf.py }]\nconfigs:\n  settings:\n    content: |\n      backlog = 64\n      if backlog:\n          workers = 3\n",
  };
  const service = serviceIn(scanned(files), "gunicorn:compose.yml:web");
  expect(service.kind === "gunicorn" ? service.settings.workers : undefined).toMatchObject({ value: { kind: "exact", value: 3 }, origin: { file: "compose.yml", range: { start: { line: 11 } } } });
  expect(service.listeners.map(({ backlog }) => backlog.requested)).toMatchObject([{ value: { kind: "exact", value: 64 }, origin: { range: { start: { line: 9 } } } }]);
});

it("reads the gunicorn.conf.py that the container has, not one that is called alike", () => {
  const files = {
    "docker-compose.yml": "services:\n  web:\n    image: x\n    command: gunicorn shop.wsgi -c /etc/gunicorn.conf.py\n    volumes: ['./deploy/settings.py:/etc/gunicorn.conf.py:ro']\n",
    "deploy/settings.py": "workers = 3\n",
    "gunicorn.conf.py": "workers = 9\n",
  };
  expect(workersOf(files, "gunicorn:docker-compose.yml:web")).toEqual({ kind: "exact", value: 3 });
});

it("names an address that only the program knows by the call's own words", () => {
  const files = {
    "server.js": "const settings = require('./settings');\nrequire('http').createServer().listen(settings.port);\n",
    "settings.js": "const settings = {\n  port: load(),\n  more: 1,\n};\nsettings.port = 5;\nmodule.exports = settings;\n",
    "package.json": '{ "scripts": { "start": "node server.js" } }',
  };
  const [listener] = serviceIn(scanned(files), "node:server.js").listeners;
  expect(listener?.address).toMatchObject({ value: { kind: "dynamic" }, text: "settings.port" });
});
