#!/usr/bin/env node
// One real program for Qdrant's official JavaScript client, run unchanged against whatever speaks its API.
//
//     words.mjs [URL]          URL, or $VECGATE_URL, or http://127.0.0.1:6333
//
// The same walk as words.py, step by step: 2 000 word vectors stored, asked for in every way a daily
// user would, each answer held against the exact one, found here by plain loops. Every step prints a
// line; the first difference ends the program with status 1.
import {QdrantClient} from '@qdrant/js-client-rest';
import {randomUUID} from 'node:crypto';
import {readFileSync, realpathSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {isDeepStrictEqual} from 'node:util';

const HERE = dirname(realpathSync(fileURLToPath(import.meta.url)));
const WORDS = join(HERE, '..', 'data', 'words-2000.jsonl');
const SCORE = 1e-5; // how far a score may be from the exact one
const TIE = 1e-6; // two exact scores as near as this may change places: float32 cannot tell them apart

const UUIDS = [ // as sent, as it must come back
    ['c0ffee00-0000-4000-8000-000000000001', 'c0ffee00-0000-4000-8000-000000000001'],
    ['0BADCAFE-0000-4000-8000-000000000002', '0badcafe-0000-4000-8000-000000000002'],
    ['7e57ab1e000040008000000000000003', '7e57ab1e-0000-4000-8000-000000000003'],
];
// Integers above 2^53 need JSON.rawJSON, which Node has from 21 on; the client then reads them as bigint.
const BIG_IDS = 'rawJSON' in JSON ? [2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n] : [];

const url = process.argv[2] ?? process.env.VECGATE_URL ?? 'http://127.0.0.1:6333';
const name = process.env.VECGATE_COLLECTION ?? `words-js-${randomUUID().slice(0, 13)}`;
const words = readFileSync(WORDS, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const idOf = new Map(words.map((point) => [point.payload.word, point.id]));
const stored = new Map(); // what must be in the collection now: id -> its vector, of length 1
let lastOperation = -1;

// The client says at every start that it is newer than the version a server announces.
const warn = console.warn;
console.warn = (text) => String(text).includes('is incompatible with server version') || warn(text);
const client = new QdrantClient({url, apiKey: process.env.VECGATE_API_KEY, timeout: 30_000});

class Difference extends Error {}

const show = (value) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v));

function expect(what, got, wanted) {
    if (!isDeepStrictEqual(got, wanted)) {
        throw new Difference(`${what}\n  got      ${show(got)}\n  expected ${show(wanted)}`);
    }
}

const vectorOf = (word) => words[idOf.get(word) - 1].vector;
const ids = (points) => points.map((point) => point.id);

function dot(a, b) {
    let sum = 0;
    for (let i = 0; i < a.length; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

function normal(vector) {
    const length = Math.sqrt(dot(vector, vector));
    return vector.map((number) => number / length);
}

/** The exact answer: [{id, score}], best first. */
function nearest(vector, limit, {offset = 0, without} = {}) {
    const query = normal(vector);
    const all = [];
    for (const [id, row] of stored) {
        if (id !== without) {
            all.push({id, score: dot(row, query)});
        }
    }
    return all.sort((a, b) => b.score - a.score).slice(offset, offset + limit);
}

/** Holds scored points against the exact answer; ids may differ only where scores tie. */
function expectHits(what, hits, vector, limit, options = {}) {
    const wanted = nearest(vector, limit, options);
    const query = normal(vector);
    if (new Set(ids(hits)).size !== wanted.length || !hits.every((hit) => stored.has(hit.id))) {
        expect(what, ids(hits), ids(wanted));
    }
    hits.forEach((hit, place) => {
        const score = dot(stored.get(hit.id), query);
        const tie = Math.abs(score - wanted[place].score) <= TIE && hit.id !== options.without;
        if (hit.id !== wanted[place].id && !tie) {
            expect(what, ids(hits), ids(wanted));
        }
        if (!(Math.abs(hit.score - score) <= SCORE)) {
            expect(`${what}: score of point ${hit.id}`, hit.score, score);
        }
    });
}

function expectPayload(what, got, wanted) {
    expect(`payload of ${what}`, got, wanted);
    expect(`order of the payload of ${what}`, show(got), show(wanted));
}

function expectVector(what, got, id) {
    const wanted = stored.get(id);
    const same = got?.length === wanted.length && got.every((x, i) => Math.abs(x - wanted[i]) <= TIE);
    if (!same) {
        expect(`vector of ${what}`, got, wanted);
    }
}

/** Checks the answer to a write: its status, and that operations are numbered upwards. */
function wrote(result, status = 'completed') {
    expect('status of the write', result.status, status);
    if (!(result.operation_id > lastOperation)) {
        throw new Difference(`operation ${result.operation_id} came after ${lastOperation}`);
    }
    lastOperation = result.operation_id;
}

/** `text` is the whole message, or a list: what it begins with, then what it must also hold. */
function expectText(what, [gotStatus, body], status, text) {
    const message = body?.status?.error;
    const same = Array.isArray(text)
        ? message?.startsWith(text[0]) && text.every((part) => message.includes(part))
        : message === text;
    if (gotStatus !== status || !same) {
        expect(what, [gotStatus, message], [status, text]);
    }
    expect(`${what}: members of the envelope`, Object.keys(body).sort(), ['status', 'time']);
}

async function expectError(what, status, text, call) {
    let answer;
    try {
        answer = await call();
    } catch (error) {
        if (error.status === undefined) {
            throw error;
        }
        return expectText(what, [error.status, error.data], status, text);
    }
    throw new Difference(`${what}: expected ${status} ${show(text)}, was answered ${show(answer)}`);
}

/** One request past the client library: [HTTP status, decoded body]. */
async function raw(method, path, body) {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const key = process.env.VECGATE_API_KEY;
    const headers = {'content-type': 'application/json', ...(key && {'api-key': key})};
    const answer = await fetch(url + path, {method, body: text, headers});
    const got = await answer.text();
    return [answer.status, got === '' ? undefined : JSON.parse(got)];
}

// The steps, in the order they run: what each prints, and what it does.
const steps = {
    async 'the server says who it is'() {
        const {title, version} = await client.versionInfo();
        expect('title', title, 'qdrant - vector search engine');
        expect('parts of the version', version.split('-')[0].split('.').length, 3);
    },

    async 'a collection is created, exists, is listed, and describes itself'() {
        expect('exists before', await client.collectionExists(name), {exists: false});
        const vectors = {size: 100, distance: 'Cosine'};
        expect('create', await client.createCollection(name, {vectors}), true);
        expect('exists', await client.collectionExists(name), {exists: true});
        const {collections} = await client.getCollections();
        expect('times listed', collections.filter((one) => one.name === name).length, 1);
        const info = await client.getCollection(name);
        expect('status', info.status, 'green');
        expect('points at first', info.points_count, 0);
        expect('size', info.config.params.vectors.size, 100);
        expect('distance', info.config.params.vectors.distance, 'Cosine');
    },

    async '2 000 words are upserted: 1 000 as a list of points, 1 000 as columns; then all are counted'() {
        for (let start = 0; start < words.length; start += 250) {
            const part = words.slice(start, start + 250);
            const batch = {
                ids: ids(part),
                vectors: part.map((point) => point.vector),
                payloads: part.map((point) => point.payload),
            };
            const points = start < 1000 ? {points: part} : {batch};
            wrote(await client.upsert(name, {wait: true, ...points}));
            part.forEach((point) => stored.set(point.id, normal(point.vector)));
        }
        expect('count', await client.count(name), {count: 2000});
        expect('count, inexact', await client.count(name, {exact: false}), {count: 2000});
        expect('points in info', (await client.getCollection(name)).points_count, 2000);
    },

    async 'the ten nearest to a vector are the exact ten'() {
        for (const word of ['king', 'paris', 'cat', 'monday', 'red', 'war']) {
            const query = vectorOf(word);
            const {points} = await client.query(name, {query, limit: 10, with_payload: true});
            expect('the nearest of all', points[0].id, idOf.get(word));
            expectHits(`nearest to ${word}`, points, query, 10);
            for (const hit of points) {
                expectPayload(`hit ${hit.id}`, hit.payload, words[hit.id - 1].payload);
                expect('vector that was not asked for', hit.vector ?? null, null);
            }
        }
        const [king, man, woman] = ['king', 'man', 'woman'].map(vectorOf);
        const query = king.map((number, i) => number - man[i] + woman[i]);
        const {points} = await client.query(name, {query, limit: 5});
        expectHits('king - man + woman', points, query, 5);
        expect('king - man + woman', points[1].id, idOf.get('queen'));
        expect('payload that was not asked for', points[0].payload ?? null, null);
    },

    async 'the nearest to a stored point leave that point out'() {
        for (const word of ['queen', 'france', 'dog']) {
            const id = idOf.get(word);
            const {points} = await client.query(name, {query: id, limit: 10});
            expectHits(`nearest to point ${id}`, points, vectorOf(word), 10, {without: id});
        }
    },

    async 'every word is looked for, a hundred queries to a request'() {
        for (let start = 0; start < words.length; start += 100) {
            const part = words.slice(start, start + 100);
            const searches = part.map((point) => ({query: point.vector, limit: 10}));
            const answers = await client.queryBatch(name, {searches});
            expect('answers in the batch', answers.length, part.length);
            answers.forEach(({points}, i) => {
                expectHits(`batched ${part[i].id}`, points, part[i].vector, 10);
            });
        }
    },

    // The client dropped `search` in 1.19; older programs still send it.
    async 'the older `search` answers the same'() {
        const vector = vectorOf('computer');
        const [status, body] = await raw('POST', `/collections/${name}/points/search`, {vector, limit: 10, offset: 2});
        expect('status of search', status, 200);
        expectHits('search, over plain HTTP', body.result, vector, 10, {offset: 2});
    },

    async 'with_payload and with_vector take yes, no, a list, include and exclude'() {
        const id = idOf.get('music');
        const full = words[id - 1].payload;
        const rows = [
            [true, full],
            [false, {}],
            [['word'], {word: 'music'}],
            [['initial', 'word', 'absent'], {word: 'music', initial: 'm'}],
            [{include: ['rank']}, {rank: full.rank}],
            [{exclude: ['rank', 'length']}, {word: 'music', initial: 'm'}],
        ];
        for (const [with_payload, wanted] of rows) {
            const {points} = await client.query(name, {query: vectorOf('music'), limit: 1, with_payload});
            expectPayload(`a hit with ${show(with_payload)}`, points[0].payload ?? {}, wanted);
            const [record] = await client.retrieve(name, {ids: [id], with_payload});
            expectPayload(`a record with ${show(with_payload)}`, record.payload ?? {}, wanted);
        }
        const {points} = await client.query(name, {query: vectorOf('music'), limit: 1, with_vector: true});
        expectVector('a hit', points[0].vector, id);
    },

    async 'score_threshold is strict, and offset skips'() {
        const query = vectorOf('germany');
        const {points: ten} = await client.query(name, {query, limit: 10});
        const between = (ten[4].score + ten[5].score) / 2;
        for (const [score_threshold, wanted] of [[between, 5], [ten[4].score, 4], [-1, 10], [1.5, 0]]) {
            const {points} = await client.query(name, {query, limit: 10, score_threshold});
            expect(`hits above ${score_threshold}`, ids(points), ids(ten).slice(0, wanted));
        }
        for (const [offset, wanted] of [[0, 4], [3, 4], [1998, 2], [5000, 0]]) {
            const {points} = await client.query(name, {query, limit: 4, offset});
            expect(`hits past ${offset}`, points.length, wanted);
            expectHits(`nearest past ${offset}`, points, query, 4, {offset});
        }
    },

    async 'scrolling meets every point once, in the order of ids'() {
        for (const [limit, wanted] of [[77, 26], [500, 4], [1999, 2], [5000, 1]]) {
            const seen = [];
            let pages = 0;
            for (let offset; offset !== null && pages < 100; pages++) {
                const page = await client.scroll(name, {limit, offset, with_vector: true});
                for (const record of page.points) {
                    expectPayload(`record ${record.id}`, record.payload, words[record.id - 1].payload);
                    expectVector(`record ${record.id}`, record.vector, record.id);
                }
                seen.push(...ids(page.points));
                offset = page.next_page_offset;
            }
            expect(`ids met by ${limit}`, seen, ids(words));
            expect(`pages of ${limit}`, pages, wanted);
        }
        const page = await client.scroll(name, {limit: 2, offset: 1500, with_payload: false});
        expect('a page from 1500', page, {points: [{id: 1500}, {id: 1501}], next_page_offset: 1502});
        const end = await client.scroll(name, {offset: 1e9});
        expect('past the end', end, {points: [], next_page_offset: null});
    },

    async 'points are read by id: in the order asked, the missing left out'() {
        const records = await client.retrieve(name, {ids: [1999, 5_000_000, 3, 641], with_vector: true});
        expect('ids read', ids(records), [1999, 3, 641]);
        for (const record of records) {
            expectPayload(`record ${record.id}`, record.payload, words[record.id - 1].payload);
            expectVector(`record ${record.id}`, record.vector, record.id);
        }
    },

    async 'an upsert of a known id replaces the whole point'() {
        const vector = vectorOf('banana');
        const payload = {zebra: {text: 'na\u00efve "caf\u00e9" \u{1f600} \\'}, apple: [null, true, {'': []}, 1e-7]};
        wrote(await client.upsert(name, {points: [{id: 7, vector, payload}]}));
        stored.set(7, normal(vector));
        const [record] = await client.retrieve(name, {ids: [7], with_vector: true});
        expectPayload('the replaced point', record.payload, payload);
        expectVector('the replaced point', record.vector, 7);
        const {points} = await client.query(name, {query: vector, limit: 5});
        expectHits('nearest to the replaced point', points, vector, 5);
        expect('count', await client.count(name), {count: 2000});
    },

    async 'UUIDs in every spelling, and ids above 2^53 where JavaScript has them, keep their order'() {
        const sent = [...BIG_IDS, ...UUIDS.map(([id]) => id)];
        const kept = [...BIG_IDS, ...UUIDS.map(([, id]) => id)];
        const points = sent.map((id, i) => ({id, vector: words[100 + i].vector, payload: {}}));
        wrote(await client.upsert(name, {points}));
        kept.forEach((id, i) => stored.set(id, normal(points[i].vector)));
        for (const [i, {vector}] of points.entries()) {
            const records = await client.retrieve(name, {ids: [sent[i]]});
            expect('record', records, [{id: kept[i], payload: {}}]);
            const answer = await client.query(name, {query: sent[i], limit: 5});
            expectHits(`nearest to point ${kept[i]}`, answer.points, vector, 5, {without: kept[i]});
        }
        const page = await client.scroll(name, {limit: 100, offset: 2001});
        expect('order', ids(page.points), [...BIG_IDS, ...UUIDS.map(([, id]) => id).sort()]);
    },

    async 'points are deleted by id; ids that are not there do no harm'() {
        const gone = [1, 2, 2000, 999_999, UUIDS[0][0]];
        wrote(await client.delete(name, {points: gone, wait: true}));
        gone.forEach((id) => stored.delete(id));
        expect('read after delete', await client.retrieve(name, {ids: gone}), []);
        expect('count', await client.count(name), {count: stored.size});
        for (const {vector} of [words[0], words[1999]]) {
            const {points} = await client.query(name, {query: vector, limit: 5});
            expectHits('nearest to a deleted point', points, vector, 5);
        }
        wrote(await client.delete(name, {points: [3], wait: false}), 'acknowledged');
    },

    async 'what is not there is 404, what is there already is 409'() {
        const missing = `${name}-missing`;
        const query = vectorOf('king');
        let text = `Not found: Collection \`${missing}\` doesn't exist!`;
        await expectError('info', 404, text, () => client.getCollection(missing));
        await expectError('upsert', 404, text, () => client.upsert(missing, {points: [words[0]]}));
        await expectError('query', 404, text, () => client.query(missing, {query}));
        await expectError('scroll', 404, text, () => client.scroll(missing));
        await expectError('count', 404, text, () => client.count(missing));
        expect('delete of a missing collection', await client.deleteCollection(missing), false);

        text = `Wrong input: Collection \`${name}\` already exists!`;
        const vectors = {size: 4, distance: 'Dot'};
        await expectError('create twice', 409, text, () => client.createCollection(name, {vectors}));

        text = 'Not found: Point with id 987654321 does not exists!';
        expectText('GET', await raw('GET', `/collections/${name}/points/987654321`), 404, text);
        text = 'Not found: No point with id 987654321 found';
        await expectError('query by id', 404, text, () => client.query(name, {query: 987654321}));
    },

    async 'what is malformed is 400, what is out of range is 422, and nothing of it is stored'() {
        const count = await client.count(name);
        let text = 'Wrong input: Vector dimension error: expected dim: 100, got 3';
        const short = [{id: 8000, vector: [1, 2, 3]}];
        await expectError('short vector', 400, text, () => client.upsert(name, {points: short}));
        await expectError('short query', 400, text, () => client.query(name, {query: [1, 2, 3]}));
        text = 'Bad request: Empty update request';
        await expectError('no points', 400, text, () => client.upsert(name, {points: []}));

        const valid = 'is not a valid point ID, valid values are either an unsigned integer or a UUID';
        for (const wrong of ['not-an-id', -1, 1.5]) {
            text = ['Format error in JSON body: ', String(wrong), valid];
            await expectError(`id ${wrong}`, 400, text, () => client.retrieve(name, {ids: [wrong]}));
        }
        const points = `/collections/${name}/points`;
        text = 'Wrong input: Can not recognize "not-an-id" as point id';
        expectText('wrong id in the path', await raw('GET', `${points}/not-an-id`), 400, text);

        text = ['Validation error in JSON body: [', 'limit: value 0 invalid, must be 1 or larger]'];
        const query = vectorOf('king');
        await expectError('limit 0 in query', 422, text, () => client.query(name, {query, limit: 0}));
        await expectError('limit 0 in scroll', 422, text, () => client.scroll(name, {limit: 0}));
        const broken = await raw('POST', `${points}/query`, '{"query": [1, 2');
        expectText('half a body', broken, 400, ['Format error in JSON body: ']);
        expect('count after all that', await client.count(name), count);
    },

    async 'a filter is obeyed, or refused by name; it is never overlooked'() {
        const query = vectorOf('king');
        const filter = {must: [{key: 'initial', match: {value: 'k'}}]};
        const [status, body] = await raw('POST', `/collections/${name}/points/query`, {query, limit: 3, filter});
        if (status !== 200) {
            return expectText('filter', [status, body], 400, ['Bad request: ', 'filter']);
        }
        const initialK = new Set(ids(words.filter((point) => point.payload.initial === 'k')));
        const wanted = ids(nearest(query, 3000)).filter((id) => initialK.has(id));
        expect('hits under a filter', ids(body.result.points), wanted.slice(0, 3));
    },

    async 'the collection is deleted, once'() {
        expect('delete', await client.deleteCollection(name), true);
        expect('delete again', await client.deleteCollection(name), false);
        expect('exists after', await client.collectionExists(name), {exists: false});
    },
};

let says;
try {
    for (says of Object.keys(steps)) {
        await steps[says]();
        console.log(`ok  ${says}`);
    }
} catch (error) {
    console.error(`DIFFERS  ${says}\n${error instanceof Difference ? error.message : error.stack}`);
    process.exitCode = 1;
    await client.deleteCollection(name).catch(() => {});
}
