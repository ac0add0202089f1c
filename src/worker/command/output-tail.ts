/** How much of a command's output becomes the failure message. */
const maxLines = 20;
const maxChars = 4000;

/** Remembers the last lines of a command's output. */
export interface OutputTail {
  add(line: string): void;
  /** The last lines, oldest first, at most 20 lines and 4,000 characters. */
  text(): string;
}

/** Builds an empty tail. */
export function createOutputTail(): OutputTail {
  const lines: string[] = [];
  return {
    add(line) {
      lines.push(line);
      if (lines.length > maxLines) lines.shift();
    },
    text: () => lines.join('\n').trimEnd().slice(-maxChars),
  };
}
