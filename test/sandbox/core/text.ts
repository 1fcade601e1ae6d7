/** The body as text, whatever `Content-Encoding: gzip` did to it. Reads it to its end. */
export async function plainText(response: Response): Promise<string> {
  const { body } = response;
  if (body === null || response.headers.get("content-encoding") !== "gzip") return await response.text();
  return await new Response(body.pipeThrough(new DecompressionStream("gzip"))).text();
}
