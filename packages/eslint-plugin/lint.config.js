import eslintPlugin from "eslint-plugin-eslint-plugin";

/** What is asked of rules beyond the project's own lint rules; the root's configuration takes it in. */
export default [
  {
    ...eslintPlugin.configs.recommended,
    name: "eslint-plugin-listen-backlog/rules",
    files: ["packages/eslint-plugin/{src,test}/**/*.ts"],
    rules: {
      ...eslintPlugin.configs.recommended.rules,
      "eslint-plugin/require-meta-docs-url": "error",
      "eslint-plugin/require-meta-docs-description": ["error", { pattern: "^Report " }],
      "eslint-plugin/require-meta-docs-recommended": "error",
      "eslint-plugin/require-meta-default-options": "error",
      "eslint-plugin/no-meta-schema-default": "error",
      "eslint-plugin/require-test-error-positions": "error",
      "eslint-plugin/prefer-placeholders": "error",
      "eslint-plugin/report-message-format": ["error", "^[A-Z{].*[.}]$"],
      "eslint-plugin/unique-test-case-names": "error",
    },
  },
];
