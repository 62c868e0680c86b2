// What the programs for Qdrant's JavaScript client share: steps in a row, and answers held against what is
// expected. No client is imported here: Node looks for it beside the link that a program is started by.
import {isDeepStrictEqual} from 'node:util';

export class Difference extends Error {}

export function expect(what, got, wanted) {
    if (!isDeepStrictEqual(got, wanted)) {
        throw new Difference(`${what}\n  got      ${JSON.stringify(got)}\n  expected ${JSON.stringify(wanted)}`);
    }
}

export async function expectError(what, status, text, call) {
    let answer;
    try {
        answer = await call();
    } catch (error) {
        expect(`${what}: status`, error.status, status);
        const message = error.data?.status?.error ?? '';
        if (!message.includes(text)) {
            throw new Difference(`${what}: expected ${text}, got ${message}`);
        }
        return;
    }
    throw new Difference(`${what}: expected ${status} ${text}, was answered ${JSON.stringify(answer)}`);
}

/** next(below): numbers that look random and are the same in every run (Park and Miller's). */
export function numbersFrom(state) {
    return (below) => (state = (state * 48271) % 2147483647) % below;
}

/** The client says at every start that it is newer than the version a server announces. */
export function hushVersions() {
    const warn = console.warn;
    console.warn = (text) => String(text).includes('is incompatible with server version') || warn(text);
}

/** Takes the steps, a line for each, up to the first difference. Leaves none of the collections behind. */
export async function walk(client, steps, collections) {
    let current;
    try {
        for (const [says, step] of Object.entries(steps)) {
            current = says;
            await step();
            console.log(`ok  ${says}`);
        }
    } catch (error) {
        const story = error instanceof Difference ? error.message : error.stack + JSON.stringify(error.data);
        console.error(`DIFFERS  ${current}\n${story}`);
        process.exitCode = 1;
    } finally {
        for (const each of collections) {
            await client.deleteCollection(each).catch(() => {});
        }
    }
}
