/** An event in EventBridge's form. */
export interface Event {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  /** ISO 8601, in seconds. */
  time: string;
  region: string;
  /** ARNs of what it is about. */
  resources: string[];
  detail: Record<string, unknown>;
}
