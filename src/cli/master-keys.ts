import type { Command } from 'commander';
import { invalidValue, numberBetween, type Parser } from '../config/parsers.ts';
import { ConfigurationError } from '../config/setting.ts';
import { readMasterKeys } from '../identity/secrets/master-key.ts';
import { addMasterKey, useMasterKey } from '../identity/secrets/master-key-steps.ts';
import { withoutStacks } from './report-error.ts';
import type { Terminal } from './terminal.ts';

const file = ['--file <file>', "The nodes' file of master keys"] as const;

/** Adds `millrace master-keys add|use|list`, for the file that all nodes of one database have a copy of. */
export function addMasterKeys(program: Command, terminal: Terminal): void {
  const keys = program
    .command('master-keys')
    .description('Rotate the master keys of several nodes, which share a file');
  addAdd(keys, terminal);
  addUse(keys, terminal);
  addList(keys, terminal);
}

function addAdd(keys: Command, terminal: Terminal): void {
  keys
    .command('add')
    .description('First step of a rotation: add a version that is not used yet')
    .requiredOption(...file)
    .action((flags: { file: string }) =>
      withoutStacks(() => {
        const version = addMasterKey(flags.file);
        terminal.print(`${flags.file} now has version ${version}, which is not used yet.`);
        terminal.print(
          `Copy the file to every node and restart the nodes one by one, then run: millrace master-keys use ${version} --file ${flags.file}`,
        );
      }),
    );
}

function addUse(keys: Command, terminal: Terminal): void {
  keys
    .command('use')
    .description('Second step: seal with a version that every node has')
    .argument('<version>')
    .requiredOption(...file)
    .option('--rollout-hours <hours>', 'Most time until every node has been restarted [default: 24]')
    .action((given: string, flags: { file: string; rolloutHours?: string }) => {
      const version = parsed('<version>', given, numberBetween(1, 999_999_999, ''));
      const hours = parsed('--rollout-hours', flags.rolloutHours ?? '24', numberBetween(0, 8760, 'hours', 3));
      return withoutStacks(() => {
        useMasterKey(flags.file, version, Date.now() + hours * 3_600_000);
        terminal.print(`Version ${version} is now the current one in ${flags.file}.`);
        terminal.print(`Copy the file to every node and restart the nodes one by one, within ${hours} hours.`);
      });
    });
}

function addList(keys: Command, terminal: Terminal): void {
  keys
    .command('list')
    .description('List the versions in the file')
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
