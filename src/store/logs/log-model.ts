import type { Scope } from '../../model/pipeline.ts';

/** Where a log is, as CloudWatch Logs names it. `id` is that of the build or job that writes it. */
export interface LogName extends Scope {
  id: string;
  group: string;
  stream: string;
}

/** Where a log ends; `isCut` once it has reached its limit. */
export interface LogEnd {
  nextOffset: number;
  isCut: boolean;
}

/** A text to append to a log. Offsets and sizes count bytes of UTF-8. */
export interface LogWrite {
  log: LogName;
  /** Where the log ends, as far as the writer knows. */
  offset?: number;
  text: string;
  at: number;
  limitBytes: number;
  /** The last lines of a log that was cut: they follow the cut, behind how many bytes are missing, and end the log. */
  omittedBytes?: number;
  /** Whether a log that was cut takes such last lines. */
  hasLastLines: boolean;
  /** The lines of the text that readers jump to. */
  marks?: TextMark[];
  /** Whether an idle log becomes a block; false without a place for blocks. */
  isSealed: boolean;
  /**
   * Decides, in the transaction that appends, which part of the text becomes readable, given what an earlier call held
   * back. Without it all of the text does.
   */
  holdBack?: (text: string, held: string | undefined) => HeldWrite;
}

/** What becomes readable, what is held back for the next call (opaque here), and for how many bytes that stands. */
export interface HeldWrite {
  text: string;
  held?: string;
  heldBytes: number;
}

type MarkKind = 'phase' | 'command' | 'failure';

/** A mark by its place in a text: of a phase its name, of a command itself, of a failure its reason. */
export interface TextMark {
  kind: MarkKind;
  name: string;
  /** In bytes and line ends from the start of the text. */
  offset: number;
  line: number;
}

/** A mark by its place in a log; lines count from 0. */
export type LogMark = TextMark;

/** A log as lists show it; lines and bytes are those of the readable text. */
export interface Log extends LogName, LogEnd {
  createdAt: number;
  lastWrittenAt: number;
  bytes: number;
  lines: number;
  /** How many of the bytes are in blocks. */
  blockBytes: number;
  held?: string;
}

/** A part of a log: its place, and when it was written. */
interface LogPart {
  startOffset: number;
  sizeBytes: number;
  /** Line ends before it. */
  firstLine: number;
}

/** What was written last, still in the database. */
export interface LogChunk extends LogPart {
  text: string;
  writtenAt: number;
}

/** Where the bytes of a block are: in a file of the data folder, or in an object of an external store. */
export type BlockPlace = { fileId: string; sealedKey?: string } | { objectKey: string };

/** An older part, stored compressed beside the artifacts. */
export interface LogBlock extends LogPart {
  /** Pairs of an offset in the block and the instant at which the text from there on was written. */
  times: [number, number][];
  storedBytes: number;
  place: BlockPlace;
}
