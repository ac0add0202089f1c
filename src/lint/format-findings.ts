import type { Finding } from './finding.ts';

/** A finding and where it is. */
export interface PlacedFinding extends Finding {
  file: string;
  line: number;
  /** The pipeline's name. */
  pipeline: string;
}

/** How findings are written. */
export type FindingFormat = 'text' | 'json' | 'sarif';

/** Formats findings as lines for people, as JSON, or as SARIF 2.1.0 for tools that show them in code. */
export function formatFindings(findings: readonly PlacedFinding[], format: FindingFormat): string {
  if (format === 'json') return JSON.stringify(findings, null, 2);
  return format === 'sarif' ? JSON.stringify(sarif(findings), null, 2) : asText(findings);
}

function asText(findings: readonly PlacedFinding[]): string {
  return findings
    .flatMap(({ file, line, severity, message, rule, fix }) => [
      `${file}:${line}: ${severity}: ${message} [${rule}]`,
      ...(fix === undefined ? [] : [`  ${fix}`]),
    ])
    .join('\n');
}

function sarif(findings: readonly PlacedFinding[]) {
  const rules = [...new Set(findings.map(({ rule }) => rule))].map((id) => ({ id }));
  const results = findings.map(({ file, line, severity, message, rule, fix }) => ({
    ruleId: rule,
    level: severity,
    message: { text: fix === undefined ? message : `${message} ${fix}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: file }, region: { startLine: line } } }],
  }));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'millrace lint', rules } }, results }],
  };
}
