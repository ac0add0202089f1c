import { isOwnOperationName, type OperationKey, operationOf, shapeOf } from './model.ts';
import type { StructureShape } from './shape.ts';

/** The largest request body that is accepted. */
export interface BodyLimits {
  maxBytes: number;
  /** Objects and lists, and their elements and members after the first, each of which the parser creates. */
  maxValues: number;
}

const kibibyte = 1024;

/** The most bytes of JSON for one UTF-16 unit, as `\u00fc`: Python clients escape everything beyond ASCII. */
const escapedBytes = 6;

/** Leaves room for blanks, unknown members and pagination tokens in the smallest inputs. */
const leastBytes = 64 * kibibyte;
const mostBytes = 256 * kibibyte;

/**
 * Used where the model has no bound: texts are ids and ARNs, lists are tags and filters, with a legal maximum of 50.
 */
const unboundedTextLength = 1024;
const unboundedEntries = 50;

const declaration: BodyLimits = { maxBytes: 2048 * kibibyte, maxValues: 60_000 };
// Output variables of 122,880 bytes, each of which may be a control character, or StartPipelineExecution's variables.
const large: BodyLimits = { maxBytes: 832 * kibibyte, maxValues: 20_000 };

/** Operations whose legal input can exceed `mostBytes`. */
const exceptions: Partial<Record<OperationKey, BodyLimits>> = {
  CreatePipeline: declaration,
  UpdatePipeline: declaration,
  PutJobSuccessResult: large,
  StartPipelineExecution: large,
  // Events of 256 KiB, whose details are JSON in JSON.
  'events:PutEvents': large,
};

const known = new Map<OperationKey, BodyLimits>();

/** Returns the limits of an operation: its longest legal input by the model, within 64 and 256 KiB except for five. */
export function bodyLimitsOf(key: OperationKey): BodyLimits {
  let limits = known.get(key);
  if (limits === undefined) {
    limits = isOwnOperationName(key)
      ? ownLimits(operationOf(key).input)
      : (exceptions[key] ?? boundedLimits(longestJson(operationOf(key).input)));
    known.set(key, limits);
  }
  return limits;
}

/** Returns the limits of an input whose longest legal form has so many bytes. */
function boundedLimits(legalBytes: number): BodyLimits {
  return { maxBytes: Math.min(Math.max(legalBytes, leastBytes), mostBytes), maxValues: 20_000 };
}

/**
 * Returns the limits of our own API: the most for lists and structures, else the least; long texts, such as a log's,
 * fit besides.
 */
function ownLimits(inputShape: string): BodyLimits {
  const members = Object.values((shapeOf(inputShape) as StructureShape).members).map(({ shape }) => shapeOf(shape));
  const textBytes = members.reduce((sum, shape) => sum + ((shape.type === 'string' && shape.maxBytes) || 0), 0);
  const isLarge = members.some(({ type }) => type === 'list' || type === 'structure');
  const limits = boundedLimits(isLarge ? mostBytes : 0);
  return { ...limits, maxBytes: limits.maxBytes + textBytes * escapedBytes };
}

function longestJson(shapeName: string): number {
  const shape = shapeOf(shapeName);
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members).reduce(
        (sum, [name, member]) => sum + name.length + '"":,'.length + longestJson(member.shape),
        '{}'.length,
      );
    case 'list':
      return '[]'.length + (shape.max ?? unboundedEntries) * (','.length + longestJson(shape.member.shape));
    case 'map':
      return (
        '{}'.length +
        (shape.max ?? unboundedEntries) * (':,'.length + longestJson(shape.key.shape) + longestJson(shape.value.shape))
      );
    case 'string':
      return '""'.length + (shape.max ?? unboundedTextLength) * escapedBytes;
    default:
      return 20;
  }
}
