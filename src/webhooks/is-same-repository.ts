/** A declared repository, by its address and the name that connections use. */
interface DeclaredRepository {
  url: string;
  fullRepositoryId?: string;
}

/**
 * Reports whether an event is about a declared repository: by its full name, by one of its addresses, or because the path of
 * the declared address ends with the name. Forges may be called by several hosts and ports, so only paths are compared.
 */
export function isSameRepository(
  { url, fullRepositoryId }: DeclaredRepository,
  { names, urls }: { names: string[]; urls: string[] },
): boolean {
  const named = [...names.map(normalize), ...urls.map(pathOf)].filter((path) => path !== '');
  if (fullRepositoryId !== undefined && named.includes(normalize(fullRepositoryId))) return true;
  const declared = pathOf(url);
  return named.some((path) => declared === path || declared.endsWith(`/${path}`));
}

function pathOf(url: string): string {
  if (URL.canParse(url) && url.includes('://')) return normalize(decodePath(new URL(url).pathname));
  // As scp writes it: user@host:path.
  return normalize(url.slice(url.indexOf(':') + 1));
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Forges ignore case in names. */
function normalize(path: string): string {
  return path
    .toLowerCase()
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '');
}
