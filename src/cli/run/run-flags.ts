import type { CageName } from '../../model/build.ts';

/** The options of `millrace run` as commander has them. */
export interface RunFlags {
  approve: 'ask' | 'all';
  cage?: CageName;
  image?: string;
  json?: boolean;
  keep?: boolean;
  only?: string[];
  parameter?: string[];
  pipeline?: string;
  region: string;
  resources?: string;
  skip?: string[];
  source?: string[];
  variable?: string[];
}
