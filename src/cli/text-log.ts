import { styleText } from 'node:util';

interface LevelStyle {
  name: string;
  style: Parameters<typeof styleText>[0];
}

const levelStyles: Record<number, LevelStyle> = {
  10: { name: 'trace', style: 'dim' },
  20: { name: 'debug', style: 'dim' },
  30: { name: 'info', style: 'green' },
  40: { name: 'warn', style: 'yellow' },
  50: { name: 'error', style: 'red' },
  60: { name: 'fatal', style: ['bold', 'red'] },
};

/** From this level on an error is a bug or damage, and a report needs its stack. */
const stackLevel = 50;

/**
 * Turns a line of the JSON log into readable text: local time, level, message, then the fields. An error is shown by
 * its message, from level `error` on with its stack. Lines that are not JSON stay unchanged.
 */
export function textLine(json: string, { hasColor }: { hasColor: boolean }): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(json);
  } catch {
    return json;
  }
  const { level, time, msg, pid: _pid, hostname: _host, err, ...fields } = record;
  const paint = (style: LevelStyle['style'], text: string) =>
    hasColor ? styleText(style, text, { validateStream: false }) : text;
  const { name, style } = levelStyles[Number(level)] ?? { name: String(level), style: 'dim' };
  const text = msg === 'call' ? callText(fields) : [msg, ...fieldTexts(fields)].join('  ');
  const { message, stack } = errorTexts(err);
  const head = `${paint('dim', localTime(Number(time)))} ${paint(style, name.padEnd(5))} ${printable(text)}`;
  const cause = message === undefined ? '' : `: ${printable(message)}`;
  const trace = stack !== undefined && Number(level) >= stackLevel ? `\n${paint('dim', printableLines(stack))}` : '';
  return `${head}${cause}${trace}\n`;
}

function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}

/** Shows a call by operation, outcome and principal; the rest is for machines. */
function callText({ operation, outcome, ms, principal, requestId, ...fields }: Record<string, unknown>): string {
  const { service: _service, account: _account, region: _region, httpStatus: _status, ...notable } = fields;
  const by = typeof principal === 'string' ? `  by ${principal.replace(/^arn:[^:]*:[^:]*:[^:]*:[^:]*:/, '')}` : '';
  return [`${operation} ${outcome} ${ms} ms${by}`, ...fieldTexts({ ...notable, requestId })].join('  ');
}

function fieldTexts(fields: Record<string, unknown>): string[] {
  return Object.entries(fields).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${name}=${/[\s"]/.test(text) && typeof value === 'string' ? JSON.stringify(text) : text}`;
  });
}

function errorTexts(err: unknown): { message?: string; stack?: string } {
  if (typeof err !== 'object' || err === null) return err === undefined ? {} : { message: String(err) };
  const { message, stack, type } = err as Record<string, unknown>;
  return {
    message: typeof message === 'string' && message !== '' ? message : String(type ?? 'unknown error'),
    ...(typeof stack === 'string' && { stack }),
  };
}

/** Returns one line without control characters, because untrusted text must not control the terminal. */
function printable(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ⏎ ').replace(/\p{Cc}/gu, '�');
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
