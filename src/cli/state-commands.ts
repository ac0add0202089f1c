import type { Command } from 'commander';
import { readChosen, settings } from '../config/config.ts';
import { ConfigurationError, type SettingSources } from '../config/setting.ts';
import type { CopiedTable } from '../store/postgres/copy-database.ts';
import { dataOption, settingOption } from './options.ts';
import { withoutStacks } from './report-error.ts';
import type { Terminal } from './terminal.ts';

/** What these commands do, loaded when one of them runs. */
const loadWork = () => import('../installation/copy-installation.ts');

/** Adds `millrace migrate` and `millrace copy`, which work on the state itself while no server does. */
export function addStateCommands(program: Command, terminal: Terminal): void {
  addMigrate(program, terminal);
  addCopy(program, terminal);
}

function addMigrate(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('bring the schema of the state up to date without starting a server')
    .addOption(settingOption(settings.databaseUrl).helpGroup('Options:'))
    .addOption(dataOption())
    .action((flags: Record<string, unknown>) => {
      const place = readChosen(['data', 'databaseUrl', 'masterKeys'], { flags, env: terminal.env });
      return withoutStacks(async () => {
        const { from, to } = await (await loadWork()).migrateInstallation(place);
        terminal.print(from === to ? `The schema is at version ${to} already.` : `Schema: version ${from} → ${to}.`);
      });
    });
}

function addCopy(program: Command, terminal: Terminal): void {
  program
    .command('copy')
    .description('copy the state of a data folder into an empty PostgreSQL database, all of it or nothing')
    .requiredOption('--from <folder>', 'data folder that no server has in use; its schema is brought up to date')
    .option('--to <url>', 'the database, as in postgres://user:password@host:5432/millrace [MILLRACE_DATABASE_URL]')
    .addOption(settingOption(settings.masterKeys).helpGroup('Options:'))
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
  if (databaseUrl === undefined) throw new ConfigurationError(['--to: it is missing; name the database to copy into.']);
  return { ...place, databaseUrl };
}

/** A line at most every 2 s, so that a person sees that a long copy goes on. */
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
    `Objects are still files in ${data}. One node serves them: millrace start --data ${data} --database-url …`,
    'For several nodes carry them to an artifact store first: see docs/cluster.md.',
    `Without --database-url nothing starts on ${data} any more, as its state is what it was before the copy.`,
  ];
}
