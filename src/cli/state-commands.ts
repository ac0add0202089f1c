import type { Command } from 'commander';
import { readChosen, settings } from '../config/config.ts';
import { ConfigurationError, type SettingSources } from '../config/setting.ts';
import type { CopiedTable } from '../store/postgres/copy-database.ts';
import { dataOption, settingOption } from './options.ts';
import { withoutStacks } from './report-error.ts';
import type { Terminal } from './terminal.ts';

/** Loaded only when one of these commands runs. */
const loadWork = () => import('../installation/copy-installation.ts');

/** Adds `millrace migrate` and `millrace copy`, which work on the state of a stopped server. */
export function addStateCommands(program: Command, terminal: Terminal): void {
  addMigrate(program, terminal);
  addCopy(program, terminal);
}

function addMigrate(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('Migrate the schema of the state without starting a server')
    .addOption(settingOption({ ...settings.databaseUrl, group: 'Options:' }))
    .addOption(dataOption())
    .action((flags: Record<string, unknown>) => {
      const place = readChosen(['data', 'databaseUrl', 'masterKeys'], { flags, env: terminal.env });
      return withoutStacks(async () => {
        const { from, to } = await (await loadWork()).migrateInstallation(place);
        terminal.print(from === to ? `The schema is already at version ${to}.` : `Schema: version ${from} → ${to}.`);
      });
    });
}

function addCopy(program: Command, terminal: Terminal): void {
  program
    .command('copy')
    .description('Copy the state of a data folder into an empty PostgreSQL database, in one transaction')
    .requiredOption('--from <folder>', 'Data folder of a stopped server; its schema is migrated')
    .option('--to <url>', 'Database, as in postgres://user:password@host:5432/millrace [env: MILLRACE_DATABASE_URL]')
    .addOption(settingOption({ ...settings.masterKeys, group: 'Options:' }))
    .action((flags: { from: string; to?: string }) => {
      const place = readCopyPlace(flags, terminal.env);
      return withoutStacks(async () => {
        const tables = await (await loadWork()).copyInstallation(place, progressOf(terminal));
        for (const line of [...tableLines(tables), '', ...nextSteps(place)]) terminal.print(line);
      });
    });
}

function readCopyPlace(flags: { from: string; to?: string }, env: SettingSources['env']) {
  const sources = { flags: { ...flags, data: flags.from, databaseUrl: flags.to }, env };
  const { databaseUrl, ...place } = readChosen(['data', 'databaseUrl', 'masterKeys'], sources);
  if (databaseUrl === undefined) throw new ConfigurationError(['--to: missing; name the database to copy into.']);
  return { ...place, databaseUrl };
}

/** Prints the progress of a long copy at most every 2 s. */
function progressOf(terminal: Terminal): (progress: CopiedTable) => void {
  let reportedAt = performance.now();
  return ({ name, rows }) => {
    if (performance.now() - reportedAt < 2000) return;
    reportedAt = performance.now();
    terminal.complain(`copying ${name}: ${rows} rows so far`);
  };
}

function tableLines(tables: CopiedTable[]): string[] {
  const filled = tables.filter(({ rows }) => rows > 0);
  const width = Math.max(...filled.map(({ name }) => name.length));
  const total = filled.reduce((sum, { rows }) => sum + rows, 0);
  return [
    ...filled.map(({ name, rows }) => `${name.padEnd(width)} ${String(rows).padStart(9)}`),
    `${total} rows copied, counted on both sides; ${tables.length - filled.length} tables are empty.`,
  ];
}

function nextSteps({ data, masterKeys = `${data}/master-keys.json` }: { data: string; masterKeys?: string }): string[] {
  return [
    `Every node needs ${masterKeys}: the stored secrets are sealed with it.`,
    `The objects are still files in ${data}. A single node serves them: millrace start --data ${data} --database-url …`,
    'For several nodes, move them to an artifact store first: see docs/cluster.md.',
    `Without --database-url, ${data} can no longer be used: its state is that of before the copy.`,
  ];
}
