import type { Command } from 'commander';
import { invalidValue, numberBetween, type Parser } from '../config/parsers.ts';
import { ConfigurationError } from '../config/setting.ts';
import { readMasterKeys } from '../identity/secrets/master-key.ts';
import { addMasterKey, useMasterKey } from '../identity/secrets/master-key-steps.ts';
import { withoutStacks } from './report-error.ts';
import type { Terminal } from './terminal.ts';

const file = ['--file <file>', "the nodes' file of master keys"] as const;

/** Adds `millrace master-keys add|use|list`, which change the file that the nodes of one database have copies of. */
export function addMasterKeys(program: Command, terminal: Terminal): void {
  const keys = program.command('master-keys').description('the file of master keys that several nodes share');
  addAdd(keys, terminal);
  addUse(keys, terminal);
  addList(keys, terminal);
}

function addAdd(keys: Command, terminal: Terminal): void {
  keys
    .command('add')
    .description('first step of a rotation: add a version that is not used yet')
    .requiredOption(...file)
    .action((flags: { file: string }) =>
      withoutStacks(() => {
        const version = addMasterKey(flags.file);
        terminal.print(`${flags.file} has version ${version} now, which nothing is sealed with yet.`);
        terminal.print(
          `Give every node this file and start them again one by one, then: millrace master-keys use ${version} --file ${flags.file}`,
        );
      }),
    );
}

function addUse(keys: Command, terminal: Terminal): void {
  keys
    .command('use')
    .description('second step: seal with a version that every node knows by now')
    .argument('<version>')
    .requiredOption(...file)
    .option('--rollout-hours <hours>', 'how long it takes at most until every node has been started again', '24')
    .action((given: string, flags: { file: string; rolloutHours: string }) => {
      const version = parsed('<version>', given, numberBetween(1, 999_999_999, ''));
      const hours = parsed('--rollout-hours', flags.rolloutHours, numberBetween(0, 8760, 'hours', 3));
      return withoutStacks(() => {
        useMasterKey(flags.file, version, Date.now() + hours * 3_600_000);
        terminal.print(`Version ${version} is the current one of ${flags.file}.`);
        terminal.print(`Give every node this file and start them again one by one, within ${hours} hours.`);
      });
    });
}

function addList(keys: Command, terminal: Terminal): void {
  keys
    .command('list')
    .description('list the versions of a file')
    .requiredOption(...file)
    .action((flags: { file: string }) =>
      withoutStacks(() => {
        const { current, keys: versions, retiredAt } = readMasterKeys(flags.file);
        for (const version of versions.keys()) {
          const until = retiredAt.get(version);
          const older = until === undefined ? 'not used yet' : `replaced, ${new Date(until).toISOString()}`;
          terminal.print(`${version}  ${version === current ? 'current' : older}`);
        }
      }),
    );
}

function parsed(name: string, text: string, parse: Parser<number>): number {
  const result = parse(text);
  if ('value' in result) return result.value;
  throw new ConfigurationError([invalidValue(name, result.expected, text)]);
}
