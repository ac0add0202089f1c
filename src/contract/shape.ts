// The form of the API models.

/** A structure: the shapes of its members, by wire name. Our own API has documentation. */
export interface StructureShape {
  type: 'structure';
  members: Record<string, { shape: string; required?: boolean; documentation?: string }>;
}

/** A list; `min` and `max` bound the number of elements. */
export interface ListShape {
  type: 'list';
  member: { shape: string };
  min?: number;
  max?: number;
}

/** A map with string keys; `min` and `max` bound the number of entries. */
export interface MapShape {
  type: 'map';
  key: { shape: string };
  value: { shape: string };
  min?: number;
  max?: number;
}

/**
 * A string; `min` and `max` bound its UTF-16 length, `pattern` must match all of it. `maxBytes` bounds its UTF-8 length
 * (only in our own API).
 */
export interface StringShape {
  type: 'string';
  min?: number;
  max?: number;
  maxBytes?: number;
  pattern?: string;
  enum?: string[];
}

/**
 * A 32-bit integer; `min` and `max` bound its value. Our own API has `exact` integers: any that JavaScript represents
 * exactly; fractions are rejected instead of truncated.
 */
export interface IntegerShape {
  type: 'integer';
  exact?: boolean;
  /** Whether it has 64 bits, of which JavaScript represents 53 exactly. */
  isLong?: boolean;
  min?: number;
  max?: number;
}

/** A shape of the API model. Timestamps are seconds since the epoch on the wire. */
export type Shape =
  | StructureShape
  | ListShape
  | MapShape
  | StringShape
  | IntegerShape
  | { type: 'boolean' }
  | { type: 'timestamp' };

/** An operation: the names of its shapes (`output` is null for an empty response) and its declared errors. */
export interface OperationModel {
  input: string;
  output: string | null;
  errors: string[];
  documentation?: string;
}
