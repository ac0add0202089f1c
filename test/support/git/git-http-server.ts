import { onTestFinished } from 'vitest';
import { type GitHttpServer, type GitServerOptions, startGitServer } from './git-backend.ts';

/** Serves the repositories of a folder for the running test. */
export async function serveGit(folder: string, options: GitServerOptions = {}): Promise<GitHttpServer> {
  const server = await startGitServer(folder, options);
  onTestFinished(server.close);
  return server;
}
