import { XMLParser } from 'fast-xml-parser';
import type { CoverageTotals, ReportTotals, TestTotals } from './report-totals.ts';
import { mostTestCases, type TestCase, textOf } from './test-case.ts';

/** What a file of a report says. */
export interface ReadReport {
  totals: ReportTotals;
  /** At most `mostTestCases`. */
  testCases: TestCase[];
}

/** The formats of which totals are read. */
const readers: Record<string, (root: XmlNode) => ReadReport | undefined> = {
  JUNITXML: readJunit,
  COBERTURAXML: readCobertura,
};

type XmlNode = { [name: string]: string | XmlNode | XmlNode[] | undefined };

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  processEntities: false,
  isArray: (name) => name === 'testsuite' || name === 'testcase',
});

export function hasReader(format: string): boolean {
  return Object.hasOwn(readers, format);
}

/** Reads a report; undefined if the text is no report of this format. */
export function readReport(format: string, text: string): ReadReport | undefined {
  let root: XmlNode;
  try {
    root = parser.parse(text) as XmlNode;
  } catch {
    return undefined;
  }
  return readers[format]?.(root);
}

/** Counts the test cases, since the counts that suites state differ between tools. */
function readJunit(root: XmlNode): ReadReport | undefined {
  if (root.testsuites === undefined && root.testsuite === undefined) return undefined;
  // Some tools, such as that of Node.js, put test cases beside the suites.
  const suites = [asNode(root.testsuites) ?? {}, ...nodes(root.testsuite)];
  const totals: TestTotals = { kind: 'tests', total: 0, failed: 0, errors: 0, skipped: 0, duration: 0 };
  const testCases: TestCase[] = [];
  for (let suite = suites.shift(); suite; suite = suites.shift()) {
    suites.push(...nodes(suite.testsuite));
    for (const test of nodes(suite.testcase)) {
      const testCase = readTestCase(test, suite);
      totals.total += 1;
      totals.duration += testCase.duration;
      if (testCase.status === 'FAILED') totals.failed += 1;
      else if (testCase.status === 'ERROR') totals.errors += 1;
      else if (testCase.status === 'SKIPPED') totals.skipped += 1;
      if (testCases.length < mostTestCases) testCases.push(testCase);
    }
  }
  return { totals, testCases };
}

function readTestCase(test: XmlNode, suite: XmlNode): TestCase {
  const found = (['failure', 'error', 'skipped'] as const).find((name) => test[name] !== undefined);
  const status = found ? ({ failure: 'FAILED', error: 'ERROR', skipped: 'SKIPPED' } as const)[found] : 'SUCCEEDED';
  const reason = found && test[found];
  const message = typeof reason === 'string' ? reason : (asNode(reason)?.['@message'] ?? asNode(reason)?.['#text']);
  return {
    name: textOf(test['@name']),
    prefix: textOf(test['@classname']),
    suite: textOf(suite['@name']),
    status,
    duration: numberOf(test['@time']),
    message: textOf(message),
  };
}

function readCobertura(root: XmlNode): ReadReport | undefined {
  const coverage = asNode(root.coverage);
  if (coverage?.['@lines-valid'] === undefined) return undefined;
  const totals: CoverageTotals = {
    kind: 'coverage',
    linesCovered: numberOf(coverage['@lines-covered']),
    linesTotal: numberOf(coverage['@lines-valid']),
    branchesCovered: numberOf(coverage['@branches-covered']),
    branchesTotal: numberOf(coverage['@branches-valid']),
  };
  return { totals, testCases: [] };
}

function nodes(value: XmlNode[string]): XmlNode[] {
  // An element without attributes and content is an empty text.
  return Array.isArray(value) ? value.map((node) => (typeof node === 'object' ? node : {})) : [];
}

function asNode(value: XmlNode[string]): XmlNode | undefined {
  return typeof value === 'object' && !Array.isArray(value) ? value : undefined;
}

function numberOf(value: XmlNode[string]): number {
  const number = Number(value);
  return typeof value === 'string' && Number.isFinite(number) ? number : 0;
}
