import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportGroup } from '../../buildspec/buildspec.ts';
import type { BuildLog } from '../build-log.ts';
import { BuildFailure } from '../build-result.ts';
import { isInside, matchFiles } from '../match-files.ts';
import { hasReader, readReport } from './read-report.ts';
import { addTotals, describeTotals, type ReportTotals } from './report-totals.ts';
import { maskedTestCase, mostTestCases, type TestCase } from './test-case.ts';

/** A report of a build; without totals if nothing could be read. */
export interface BuiltReport {
  name: string;
  fileFormat: string;
  files: number;
  totals?: ReportTotals;
  /** The first ones, masked. */
  testCases: TestCase[];
}

/** Larger files are no reports that people write. */
const maxFileBytes = 64 * 1024 * 1024;

/** What reports are collected with. */
interface Tools {
  log: BuildLog;
  /** Replaces the secrets in a text. */
  mask(text: string): string;
}

/** Reads the reports of a build. What can't be read is said in the log and fails nothing. */
export async function collectReports(source: string, groups: ReportGroup[], tools: Tools): Promise<BuiltReport[]> {
  const reports: BuiltReport[] = [];
  for (const group of groups) {
    const report = await collectReport(await realpath(source), group, tools);
    reports.push(report);
    await tools.log.note(`Report ${report.name}: ${describe(report)}`);
  }
  return reports;
}

function describe({ fileFormat, files, totals }: BuiltReport): string {
  if (totals) return describeTotals(totals);
  if (files === 0) return 'no matching files found';
  return hasReader(fileFormat) ? `its files are not ${fileFormat}` : `totals of ${fileFormat} are not read`;
}

async function collectReport(root: string, group: ReportGroup, { log, mask }: Tools): Promise<BuiltReport> {
  const { fileFormat, name } = group;
  const matched = await matchFiles(root, group, log).catch((error: unknown) => {
    if (error instanceof BuildFailure) return [];
    throw error;
  });
  const totals: ReportTotals[] = [];
  const testCases: TestCase[] = [];
  let files = 0;
  for (const match of matched) {
    const path = await realpath(join(match.base, match.name)).catch(() => undefined);
    if (path === undefined || !isInside(root, path)) continue;
    const status = await stat(path);
    if (!status.isFile() || status.size > maxFileBytes) continue;
    files += 1;
    const read = readReport(fileFormat, await readFile(path, 'utf8'));
    if (!read) continue;
    totals.push(read.totals);
    const kept = read.testCases.slice(0, mostTestCases - testCases.length);
    testCases.push(...kept.map((testCase) => maskedTestCase(testCase, mask)));
  }
  const sum = addTotals(totals);
  return { name, fileFormat, files, ...(sum && { totals: sum }), testCases };
}
