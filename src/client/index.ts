/**
 * Client: speaks to a Tyrian server over HTTP, made from the route declarations. Used by commands against a server,
 * by the console and by tests. Keeps nothing, retries nothing but a run's broken stream.
 */
export { type Client, createClient } from './client.ts';
export { connectLocally } from './socket.ts';
