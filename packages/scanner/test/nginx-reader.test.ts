import { describe, expect, it } from "vitest";
import { looksLikeNginx, readNginx } from "../src/readers/nginx.ts";
import { serviceOf } from "./nginx-assembling.ts";

describe("looksLikeNginx", () => {
  const yes: Record<string, string> = {
    "nginx.conf": "worker_processes auto;\nevents { worker_connections 1024; }\nhttp { include conf.d/*.conf; }\n",
    "conf.d/default.conf": "server {\n  listen 80;\n  root /srv;\n}\n",
    "sites-enabled/example.com": "server {\n    server_name example.com;\n    location / { proxy_pass http://app; }\n}\n",
    "one-line.conf": "events {} http { server { listen 80 backlog=1; } }",
    "upstreams.conf": "upstream app\n{\n  server app:8000;\n}\n",
    "templates/site.conf.j2": "server {\n  listen {{ port }} {% if ssl %}ssl{% endif %};\n}\n",
    "nginx.conf.erb": "http {\n  server {\n    listen <%= ENV['PORT'] %>;\n  }\n}\n",
    "crlf.conf": "server {\r\n  listen 80;\r\n}\r\n",
  };
  const no: Record<string, string> = {
    "httpd.conf": "Listen 80\n<VirtualHost *:80>\n  ProxyPass / http://app/\n</VirtualHost>\n",
    "supervisord.conf": "[supervisord]\nnodaemon=true\n[program:nginx]\ncommand=nginx -g 'daemon off;'\n",
    "sshd_config.conf": "Port 22\nListenAddress 0.0.0.0\n",
    "redis.conf": "bind 127.0.0.1\ntcp-backlog 511\n",
    "named.conf": "options {\n  listen-on port 53 { 127.0.0.1; };\n};\n",
    "dovecot.conf": "service imap-login {\n  inet_listener imap {\n    port = 143\n  }\n}\n",
    "haproxy.cfg": "frontend www\n  bind *:80\nbackend app\n  server a 10.0.0.1:80\n",
    "dhcpd.conf": "subnet 10.0.0.0 netmask 255.0.0.0 {\n  range 10.0.0.5 10.0.0.9;\n}\n",
    "README.md": "```\nserver {\n  listen 80;\n}\n```\n",
    "server.js": "const server = { listen: 80 };\nserver.listen (80);\n",
    "deploy.yaml": "data:\n  nginx.conf: |\n    server { listen 80; }\n",
    "main.tf": 'server {\n  listen = 80\n}\n',
    "snippets/headers.conf": "add_header X-Frame-Options DENY;\nproxy_set_header Host $host;\n",
    "logrotate.conf": "/var/log/nginx/*.log {\n  weekly\n  rotate 4\n}\n",
    "binary.conf": "server {\n listen 80;\n}\0",
  };
  it.each(Object.entries(yes))("takes %s", (path, text) => {
    expect(looksLikeNginx(path, text)).toBe(true);
  });
  it.each(Object.entries(no))("leaves %s", (path, text) => {
    expect(looksLikeNginx(path, text)).toBe(false);
  });
  it.each(["listen ".repeat(150_000), "\n".repeat(1_000_000), "upstream a ".repeat(90_000), "server\n".repeat(140_000), "[a".repeat(500_000), " ".repeat(1_000_000), "return a".repeat(120_000)])("takes no more than linear time with a hostile text of a megabyte (%#)", (text) => {
    const start = performance.now();
    looksLikeNginx("x.conf", text);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe("templates", () => {
  it("reads a Jinja template: values unknown, both branches, nothing claimed of what they do together", () => {
    const service = serviceOf(`
events { worker_connections {{ connections }}; }
http {
  server {
    {% if tls %}
    listen 443 backlog={{ backlog }};
    {% else %}
    listen 443 backlog=64;
    {% endif %}
    {{ extra }}
    listen {{ other_port }};
  }
}
`);
    expect(service.startFailures).toEqual([]);
    expect(service.settings.worker_connections).toMatchObject({ value: { kind: "dynamic" }, text: "{{ connections }}" });
    expect(service.listeners.map(({ address }) => [address.value, address.text])).toEqual([
      [{ kind: "exact", value: { family: "tcp", host: "*", port: 443 } }, "443"],
      [{ kind: "dynamic" }, "{{ other_port }}"],
    ]);
    expect(service.listeners[0]?.backlog.requested).toMatchObject({ value: { kind: "dynamic" }, text: "{{ backlog }}", origin: { range: { start: { line: 6, column: 24 }, end: { line: 6, column: 37 } } } });
  });

  it("says once, and where, that a template decides", () => {
    const { problems } = readNginx("a.conf.j2", "server {\n  {% if x %}\n  listen 80;\n  {% endif %}\n}\n");
    expect(problems).toEqual([
      {
        file: "a.conf.j2",
        range: { start: { offset: 11, line: 2, column: 3 }, end: { offset: 21, line: 2, column: 13 } },
        reason: "a template decides which parts of this file are used; all of them were read",
      },
    ]);
  });

  it.each(["${BACKLOG}", "$BACKLOG", "__BACKLOG__", "@BACKLOG@", "%BACKLOG%", "<BACKLOG>", "%(backlog)s", "<%= backlog %>", "{{backlog}}"])("takes backlog=%s for a value that is filled in", (text) => {
    const service = serviceOf(`events {}\nhttp { server { listen 80 backlog=${text}; } }\n`);
    expect(service.startFailures).toEqual([]);
    expect(service.listeners[0]?.backlog).toMatchObject({ requested: { value: { kind: "dynamic" }, text }, reading: "explicit" });
  });

  it("does not take Lua tables for a template", () => {
    const service = serviceOf('events {}\nhttp { server { listen 80 backlog=64; location / { content_by_lua_block { local t = {{1}, {2}} ngx.say("}") } } } }\n');
    expect(service.listeners[0]?.backlog.requested.value).toEqual({ kind: "exact", value: 64 });
  });

  it("takes no more than linear time with marks that never close", () => {
    const start = performance.now();
    readNginx("x.conf", "listen {% a %} {{ ".repeat(50_000));
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe("a broken file", () => {
  it("is one problem, and the rest is read", () => {
    const facts = readNginx("nginx.conf", "events {}\nhttp {\n  server {\n    listen 80 backlog=7;\n  }\n}\n}\n");
    expect(facts.problems).toHaveLength(1);
    expect(facts.problems[0]).toMatchObject({ file: "nginx.conf", range: { start: { line: 7 } } });
    expect(serviceOf("events {}\nhttp {\n  server {\n    listen 80 backlog=7;\n  }\n}\n}\n").listeners[0]?.backlog.requested.value).toEqual({ kind: "exact", value: 7 });
  });
});
