/** An arrow of a chart; `[*]` is the start as `from` and the end as `to`. */
export interface ChartEdge {
  from: string;
  to: string;
  /** What causes the transition; absent from arrows to the end. */
  event: string;
}

const heading = /^## .*: `(\w+)`$/;
const arrow = /^\s*(\S+) --> ([^\s:]+)(?:: (.+))?$/;

/** Reads the charts of a page by the table that each heading names. Throws for a line that is not an arrow. */
export function readCharts(page: string): Map<string, ChartEdge[]> {
  const charts = new Map<string, ChartEdge[]>();
  for (const section of page.split(/^(?=## )/m)) {
    const table = heading.exec(section.split('\n')[0] ?? '')?.[1];
    const lines = /^```mermaid\nstateDiagram-v2\n(.*?)^```$/ms.exec(section)?.[1]?.trimEnd().split('\n');
    if (table === undefined || lines === undefined) continue;
    charts.set(table, lines.map(readArrow));
  }
  return charts;
}

function readArrow(line: string): ChartEdge {
  const [, from, to, event = ''] = arrow.exec(line) ?? [];
  if (from === undefined || to === undefined) throw new Error(`not an arrow of a chart: ${line}`);
  return { from, to, event };
}
