import { invalidValue, type Parsed } from './parsers.ts';

/** One row of a table of settings: where its text comes from, how it is parsed, and what help and documentation say. */
export interface Setting<Value = unknown> {
  /** Absent for secrets: a command line is visible to every user of the machine. */
  option?: string;
  /** Environment variables; the first one that is set counts. */
  env?: string | readonly string[];
  /** Stands for the value in `--option <value>`, its unit if it has one; absent if the option takes no value. */
  placeholder?: string;
  /** Parsed when nothing is given; without it the setting may stay unset. */
  default?: string;
  /** What to do about a missing value; absent if the setting may stay unset. */
  required?: string;
  isRepeatable?: true;
  /** Never shown in a message, although it has an option. */
  isSecret?: true;
  parse(text: string): Parsed<Value>;
  description: string;
  /** Heading under which help lists the option. */
  group: string;
}

/** Adds the heading under which help lists these rows. */
export function inGroup<const Rows extends Record<string, Omit<Setting, 'group'>>>(
  group: string,
  rows: Rows,
): { [Name in keyof Rows]: Rows[Name] & { group: string } } {
  const grouped = Object.entries(rows).map(([name, row]) => [name, { ...row, group }]);
  return Object.fromEntries(grouped);
}

type ValueOf<Row> = Row extends { parse(text: string): Parsed<infer Value> }
  ? Row extends { isRepeatable: true }
    ? Value[]
    : Value
  : never;

type AlwaysSet = { default: string } | { required: string };

/** The values of a table; settings that may stay unset are optional members. */
export type Values<Rows> = {
  -readonly [Name in keyof Rows as Rows[Name] extends AlwaysSet ? Name : never]: ValueOf<Rows[Name]>;
} & {
  -readonly [Name in keyof Rows as Rows[Name] extends AlwaysSet ? never : Name]?: ValueOf<Rows[Name]>;
};

/** Where settings come from: option values by setting name, and the process environment. Options win. */
export interface SettingSources {
  flags: Record<string, unknown>;
  env: Record<string, string | undefined>;
}

/** Invalid settings: one entry in `problems` for each, naming the option and what was expected. */
export class ConfigurationError extends Error {
  readonly problems: string[];

  /** `what` follows the number of several problems. */
  constructor(problems: string[], what = 'options are invalid') {
    super(problems.length === 1 ? String(problems[0]) : [`${problems.length} ${what}:`, ...problems].join('\n  '));
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/** Reads a table; settings that stay unset are absent from `values`, not undefined. */
export function readSettings<Rows extends Record<string, Setting>>(
  rows: Rows,
  sources: SettingSources,
): { values: Partial<Values<Rows>>; problems: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, setting] of Object.entries(rows)) {
    const { source, texts } = findText(name, setting, sources) ?? defaultOf(setting);
    if (texts.length === 0 && setting.required) problems.push(`${setting.option}: missing; ${setting.required}.`);
    const parsed = texts.flatMap((text) => {
      const result = setting.parse(text);
      if ('value' in result) return [result.value];
      const isShown = setting.option !== undefined && !setting.isSecret;
      problems.push(invalidValue(source, result.expected, isShown ? text : undefined));
      return [];
    });
    if (parsed.length > 0) values[name] = setting.isRepeatable ? parsed : parsed[0];
  }
  return { values: values as Partial<Values<Rows>>, problems };
}

interface SettingText {
  source: string;
  texts: string[];
}

function defaultOf({ option = '', default: preset }: Setting): SettingText {
  return { source: option, texts: preset === undefined ? [] : [preset] };
}

/** Returns what was given for a setting, and the option or variable it came from. */
export function findText(
  name: string,
  { env = [], option }: Setting,
  sources: SettingSources,
): SettingText | undefined {
  const flag = option === undefined ? undefined : sources.flags[name];
  if (option !== undefined && flag !== undefined) return { source: option, texts: [flag].flat().map(String) };
  for (const variable of [env].flat()) {
    const text = sources.env[variable];
    // In every pod next to a Service called millrace, Kubernetes sets MILLRACE_PORT=tcp://…, which is not ours.
    if (text && !text.startsWith('tcp://')) return { source: variable, texts: [text] };
  }
  return undefined;
}
