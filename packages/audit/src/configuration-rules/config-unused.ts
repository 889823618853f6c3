import type { ConfigurationRule } from "../rule.ts";

export const configUnused: ConfigurationRule = {
  id: "config-unused",
  summary: "a setting of the configuration file that matches nothing",
  severities: ["warning", "note"],
  category: "configuration",
  subsumes: [],
  docs: {
    why: "A name was misspelt, or what it named is gone: the setting does nothing, and everybody who reads it believes that it does. A rule that does not exist, or a day that has passed, is a warning; what matches no file, service or finding of this run is a note, for it may hang on the options of the run.",
    fires: { file: "audit-backlog.config.yaml", language: "yaml", text: 'severity:\n  smal-backlog: "off"' },
    quiet: { file: "audit-backlog.config.yaml", language: "yaml", text: 'severity:\n  small-backlog: "off"' },
  },
};
