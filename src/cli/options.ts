import { InvalidArgumentError, Option } from 'commander';
import { settings } from '../config/config.ts';
import type { Setting } from '../config/setting.ts';

/** Returns the command-line option of a setting. */
export function settingOption(setting: Setting): Option {
  const { default: preset, description, group, isRepeatable, option, placeholder, required } = setting;
  const variables = [setting.env ?? []].flat();
  const sources = [
    ...(variables.length === 0 ? [] : [`env: ${variables.join(' or ')}`]),
    ...(preset === undefined ? [] : [`default: ${preset}`]),
  ];
  const flags = placeholder === undefined ? `${option}` : `${option} <${placeholder}>`;
  const notes = sources.length === 0 ? [] : [`[${sources.join(', ')}]`];
  const made = new Option(flags, [withoutPeriod(description), ...notes].join(' '));
  if (isRepeatable) made.argParser(collect);
  return made.makeOptionMandatory(required !== undefined && variables.length === 0).helpGroup(group);
}

function withoutPeriod(text: string): string {
  return text.replace(/\.$/, '');
}

/** Returns the `--data` option of a command that works on a data folder or its server. */
export function dataOption(): Option {
  return settingOption({ ...settings.data, description: 'Data folder of the server', group: 'Options:' });
}

/** Gathers the values of a repeatable option. */
export function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

/** Parses a number of things, from 1. */
export function readCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('expected a number from 1');
}
