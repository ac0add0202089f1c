import type { Event } from '../model/event.ts';
import type { RuleTarget } from '../model/event-rule.ts';
import { parseEventPath, valueAt } from './event-path.ts';

/** What a rule's target gets with an event. */
type TargetInput = Pick<RuleTarget, 'Id' | 'Input' | 'InputPath' | 'InputTransformer'>;

/** The rule that selected an event. */
export interface SelectingRule {
  name: string;
  arn: string;
}

const predefined: Record<string, (event: Event, rule: SelectingRule) => unknown> = {
  'aws.events.rule-arn': (_, { arn }) => arn,
  'aws.events.rule-name': (_, { name }) => name,
  'aws.events.event.ingestion-time': ({ time }) => time,
  'aws.events.event': ({ detail: _, ...event }) => event,
  'aws.events.event.json': (event) => event,
};

const placeholder = /<([A-Za-z0-9_.-]+)>/g;

/** Returns what is wrong with the input of a target; undefined if nothing is. */
export function mistakeInInput({ Id, Input, InputPath, InputTransformer }: TargetInput): string | undefined {
  if ([Input, InputPath, InputTransformer].filter((given) => given !== undefined).length > 1) {
    return `Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`;
  }
  if (Input !== undefined && !isJson(Input)) return `JSON syntax error in input for target ${Id}`;
  const paths = InputTransformer?.InputPathsMap ?? {};
  const wrongPath = [InputPath ?? '$', ...Object.values(paths)].find((path) => !parseEventPath(path));
  if (wrongPath !== undefined) {
    return `The path '${wrongPath}' of target ${Id} is not valid. A path is '$' with '.name', '[0]' and '[*]'.`;
  }
  const reserved = Object.keys(paths).find((name) => name.toLowerCase().startsWith('aws'));
  if (reserved !== undefined)
    return `The variable '${reserved}' of target ${Id} begins with the reserved prefix 'aws'.`;
  const names = [...(InputTransformer?.InputTemplate.matchAll(placeholder) ?? [])].map(([, name = '']) => name);
  const unknown = names.find((name) => !Object.hasOwn(paths, name) && !Object.hasOwn(predefined, name));
  return unknown && `Invalid InputTemplate for target ${Id}: InputPathsMap has no variable '${unknown}'.`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Returns the JSON text that a target gets: the event, unless it says something else. */
export function renderInput(target: TargetInput, event: Event, rule: SelectingRule): string {
  const { Input, InputPath, InputTransformer } = target;
  if (Input !== undefined) return Input;
  if (InputPath !== undefined) return JSON.stringify(valueAt(event, parseEventPath(InputPath) ?? []) ?? null);
  if (!InputTransformer) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = InputTransformer;
  return fill(InputTemplate, (name) => {
    const path = Object.hasOwn(InputPathsMap, name) ? InputPathsMap[name] : undefined;
    if (path !== undefined) return valueAt(event, parseEventPath(path) ?? []);
    return Object.hasOwn(predefined, name) ? predefined[name]?.(event, rule) : undefined;
  });
}

/** The most that a target gets, in characters. */
const mostInput = 256 * 1024;

/** The input of a target would be too large. */
export class InputTooLarge extends Error {}

/** Replaces variables: between quotation marks by text, elsewhere by JSON. One without a value leaves an empty text. */
function fill(template: string, findValue: (name: string) => unknown): string {
  const written = new Map<string, { json: string; text: string }>();
  const write = (name: string) => {
    const known = written.get(name);
    if (known) return known;
    const value = findValue(name) ?? '';
    const json = JSON.stringify(value);
    const forms = { json, text: (typeof value === 'string' ? json : JSON.stringify(json)).slice(1, -1) };
    written.set(name, forms);
    return forms;
  };
  let isQuoted = false;
  let length = template.length;
  // Escapes and quotation marks are matched too, to know what is between quotation marks.
  return template.replace(/\\.|"|<([A-Za-z0-9_.-]+)>/gs, (matched: string, name?: string) => {
    if (matched === '"') isQuoted = !isQuoted;
    if (name === undefined) return matched;
    const value = write(name)[isQuoted ? 'text' : 'json'];
    length += value.length;
    if (length > mostInput)
      throw new InputTooLarge(`The input of the target would be larger than ${mostInput} characters.`);
    return value;
  });
}
