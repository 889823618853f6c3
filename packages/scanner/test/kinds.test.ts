import { expect, it } from "vitest";
import { kindOf } from "../src/discover/kinds.ts";

it.each([
  ["src/server.ts", "javascript"],
  ["src/types.d.ts", undefined],
  ["src/x.d.mts", undefined],
  ["a/App.jsx", "javascript"],
  ["nginx.conf", "text"],
  ["nginx.conf.erb", "text"],
  ["default.conf.template.j2", "text"],
  ["nginx/mime.types", undefined],
  ["sites-enabled/shop.example.com", "text"],
  ["sites-available/default", "text"],
  ["gunicorn.conf.py", "text"],
  ["gunicorn_config.py.j2", "text"],
  ["app/models.py", undefined],
  ["Procfile.dev", "text"],
  ["Dockerfile", "text"],
  ["docker/Dockerfile.prod", "text"],
  ["web.Dockerfile", "text"],
  ["docker-compose.yml", "text"],
  ["deploy/web.service", "text"],
  ["supervisord.conf", "text"],
  ["entrypoint.sh", "text"],
  ["bin/start", "bare"],
  ["LICENSE", "bare"],
  ["package.json", "text"],
  ["tsconfig.json", undefined],
  ["config/default.json", "text"],
  ["ecosystem.config.json", "text"],
  ["image.png", undefined],
  ["nginx-logo.png", undefined],
  ["docs/nginx.8", undefined],
  ["nginx.tmpl", "text"],
  ["Dockerfile-web", "text"],
])("%s is %s", (path, kind) => {
  expect(kindOf(path)).toBe(kind);
});
