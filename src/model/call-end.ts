/** What of an AbortSignal a call needs: it aborts when nobody waits for the answer any more. */
export interface CallEnd {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
