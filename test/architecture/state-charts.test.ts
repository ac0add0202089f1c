import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as statuses from '../../src/model/status.ts';
import { readCharts } from './state-charts.ts';

const page = readFileSync(new URL('../../docs/state-machine.md', import.meta.url), 'utf8');
const charts = readCharts(page);

type Table = Record<string, readonly string[]>;

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && Object.values(value).every((list) => Array.isArray(list));
}

/** Every table of the module: what is exported and has a list for each status. */
const tables = Object.entries(statuses).flatMap(([name, value]: [string, unknown]): [string, Table][] =>
  isTable(value) ? [[name, value]] : [],
);

test('docs/state-machine.md has a chart for every table of statuses, and no others', () => {
  expect(tables.length).toBeGreaterThan(3);
  expect([...charts.keys()].sort()).toEqual(tables.map(([name]) => name).sort());
});

describe.each(tables)('the chart of %s', (name, table) => {
  const chart = charts.get(name) ?? [];

  test('has the edges of the table, both ways', () => {
    const drawn = chart
      .filter(({ from, to }) => from !== '[*]' && to !== '[*]')
      .map(({ from, to }) => `${from} > ${to}`);
    const meant = Object.entries(table).flatMap(([from, list]) => list.map((to) => `${from} > ${to}`));
    expect(drawn.sort()).toEqual(meant.sort());
  });

  test('ends where the table has no further status', () => {
    const ends = chart.filter(({ to }) => to === '[*]').map(({ from }) => from);
    expect(ends.sort()).toEqual(
      Object.keys(table)
        .filter((status) => table[status]?.length === 0)
        .sort(),
    );
  });

  test('has a start, every status, and an event on each arrow except those to the end', () => {
    expect(chart.some(({ from }) => from === '[*]')).toBe(true);
    expect(new Set(chart.flatMap(({ from, to }) => [from, to]))).toEqual(new Set(['[*]', ...Object.keys(table)]));
    expect(chart.filter(({ to, event }) => to !== '[*]' && event === '')).toEqual([]);
  });
});

test('rejects a line that is not an arrow', () => {
  const broken = '## X: `t`\n\n```mermaid\nstateDiagram-v2\n  [*] -> A: typo\n```\n';
  expect(() => readCharts(broken)).toThrow('[*] -> A');
});
