/**
 * Returns the variables by which AWS clients find services at one URL. Each service has a variable of its own: the general
 * one would also lead calls of all other services there. `serviceIds` are those of the API models, such as `Secrets
 * Manager`.
 */
export function serviceEndpoints(url: string, serviceIds: readonly string[]): Record<string, string> {
  const nameOf = (id: string) => `AWS_ENDPOINT_URL_${id.toUpperCase().replaceAll(/[ -]/g, '_')}`;
  return Object.fromEntries(serviceIds.map((id) => [nameOf(id), url]));
}
