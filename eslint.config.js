import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import eslintPlugin from "./packages/eslint-plugin/lint.config.js";

export default defineConfig(
  globalIgnores(["**/dist/", "**/node_modules/", "fixtures/", "packages/*/test/fixtures/", "packages/*/hook/"]),
  {
    files: ["packages/**/*.ts", "*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        // The few files that build the packages belong to no project of their own.
        projectService: { allowDefaultProject: ["*.ts", "packages/*/*.ts"], maximumDefaultProjectFileMatchCount_THIS_WILL_SLOW_DOWN_LINTING: 12 },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // Numbers are our subject; they print as themselves.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // Node types of a syntax tree are strings, whichever parser made them; the enum is only their spelling in one package.
      "@typescript-eslint/no-unsafe-enum-comparison": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      eqeqeq: ["error", "always"],
    },
  },
  ...eslintPlugin,
);
