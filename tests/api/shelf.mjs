#!/usr/bin/env node
// A second program for Qdrant's official JavaScript client, run unchanged against whatever speaks its API.
//
//     shelf.mjs [URL]          URL, or $VECGATE_URL, or http://127.0.0.1:6333
//
// The same walk as shelf.py: books with two named vectors and a payload of every kind of value, filtered,
// counted, ordered, faceted, changed by ids and filters and in batches, and read through aliases. Each
// answer is held against what a plain list of the same books says. Every step prints a line; the first
// difference ends the program with status 1.
import {QdrantClient} from '@qdrant/js-client-rest';
import {randomUUID} from 'node:crypto';
import {realpathSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const HERE = dirname(realpathSync(fileURLToPath(import.meta.url)));
const {expect, expectError, hushVersions, numbersFrom, walk} = await import(join(HERE, 'walk.mjs'));

const url = process.argv[2] ?? process.env.VECGATE_URL ?? 'http://127.0.0.1:6333';
const name = process.env.VECGATE_COLLECTION ?? `shelf-js-${randomUUID().slice(0, 13)}`;
const other = `${name}-next`;
const COUNT = 200;
const KINDS = ['novel', 'poetry', 'science', 'travel'];
const WORDS = ['river', 'mountain', 'silent', 'garden', 'winter', 'letters'];
const CITIES = {Berlin: [13.4, 52.52], Lagos: [3.4, 6.45], Suva: [178.44, -18.14]};

hushVersions();
const client = new QdrantClient({url, apiKey: process.env.VECGATE_API_KEY, timeout: 30_000});

const next = numbersFrom(20);

function makeBook(id) {
    const city = Object.keys(CITIES)[next(3)];
    const year = 1990 + next(30);
    const payload = {
        title: `${WORDS[next(6)]} ${WORDS[next(6)]}`,
        kind: KINDS[next(4)],
        year,
        price: (100 + next(4000)) / 128,
        sold: next(2) === 1,
        published: `${year}-0${1 + next(9)}-1${next(9)}T00:00:00Z`,
        tags: WORDS.filter(() => next(3) === 0),
        shop: {city, at: {lon: CITIES[city][0], lat: CITIES[city][1]}},
        reviews: [...Array(next(3))].map(() => ({by: ['ana', 'bo'][next(2)], stars: 1 + next(5)})),
    };
    const vector = {text: [...Array(4)].map(() => next(2000) / 1000 - 1)};
    if (id % 5 > 0) {
        vector.cover = [...Array(3)].map(() => next(64));
    }
    return {id, payload, vector};
}

const books = new Map([...Array(COUNT)].map((_, i) => [i + 1, makeBook(i + 1)]));
const idsOf = (holds) => [...books.values()].filter(holds).map((book) => book.id).sort((a, b) => a - b);

async function scrollAll(filter) {
    const ids = [];
    for (let offset; ; ) {
        const page = await client.scroll(name, {filter, limit: 33, offset, with_payload: false});
        ids.push(...page.points.map((point) => point.id));
        offset = page.next_page_offset;
        if (offset === null) {
            return ids;
        }
    }
}

const CONDITIONS = [
    ['a word', {key: 'kind', match: {value: 'novel'}}, (b) => b.payload.kind === 'novel'],
    ['an integer', {key: 'year', match: {value: 1999}}, (b) => b.payload.year === 1999],
    ['a boolean', {key: 'sold', match: {value: true}}, (b) => b.payload.sold],
    ['an element', {key: 'tags', match: {value: 'river'}}, (b) => b.payload.tags.includes('river')],
    ['any of', {key: 'kind', match: {any: ['novel', 'poetry']}}, (b) => ['novel', 'poetry'].includes(b.payload.kind)],
    ['none of', {key: 'kind', match: {except: ['novel']}}, (b) => b.payload.kind !== 'novel'],
    ['a part of a text', {key: 'title', match: {text: 'ard'}}, (b) => b.payload.title.includes('ard')],
    ['a range', {key: 'price', range: {gte: 5, lt: 12.5}}, (b) => b.payload.price >= 5 && b.payload.price < 12.5],
    ['a range of times', {key: 'published', range: {gt: '2010-01-01T00:00:00Z'}}, (b) => b.payload.published > '2010-01-01T00:00:00Z'],
    ['a box', {key: 'shop.at', geo_bounding_box: {top_left: {lon: 0, lat: 60}, bottom_right: {lon: 20, lat: 50}}}, (b) => b.payload.shop.city === 'Berlin'],
    ['a radius', {key: 'shop.at', geo_radius: {center: {lon: 3, lat: 6}, radius: 100000}}, (b) => b.payload.shop.city === 'Lagos'],
    ['a count of values', {key: 'tags', values_count: {gt: 1}}, (b) => b.payload.tags.length > 1],
    ['emptiness', {is_empty: {key: 'tags'}}, (b) => b.payload.tags.length === 0],
    ['null', {is_null: {key: 'nothing'}}, () => false],
    ['ids', {has_id: [1, 7, 12345]}, (b) => [1, 7].includes(b.id)],
    ['a vector', {has_vector: 'cover'}, (b) => 'cover' in b.vector],
    ['an element of objects', {nested: {key: 'reviews', filter: {must: [{key: 'by', match: {value: 'bo'}}, {key: 'stars', range: {gte: 3}}]}}},
        (b) => b.payload.reviews.some((r) => r.by === 'bo' && r.stars >= 3)],
    ['a filter inside', {should: [{key: 'kind', match: {value: 'travel'}}, {key: 'year', range: {lt: 1995}}]},
        (b) => b.payload.kind === 'travel' || b.payload.year < 1995],
    ['two of three', {min_should: {min_count: 2, conditions: [{key: 'sold', match: {value: true}}, {key: 'year', range: {gte: 2005}}, {key: 'kind', match: {value: 'science'}}]}},
        (b) => b.payload.sold + (b.payload.year >= 2005) + (b.payload.kind === 'science') >= 2],
];

async function filters() {
    for (const [what, condition, holds] of CONDITIONS) {
        const wanted = idsOf(holds);
        expect(`${what}: scroll`, await scrollAll({must: [condition]}), wanted);
        expect(`${what}: count`, (await client.count(name, {filter: {must: [condition]}})).count, wanted.length);
        expect(`${what}: the others`, (await client.count(name, {filter: {must_not: [condition]}})).count, books.size - wanted.length);
    }
}

const sorted = (object) => Object.fromEntries(Object.entries(object).sort());

async function expectBooks(what, ids) {
    const got = await client.retrieve(name, {ids, with_payload: true, with_vector: true});
    expect(`${what}: which`, got.map((point) => point.id), ids);
    for (const point of got) {
        expect(`${what}: payload of ${point.id}`, sorted(point.payload), sorted(books.get(point.id).payload));
        expect(`${what}: vectors of ${point.id}`, Object.keys(point.vector).sort(), Object.keys(books.get(point.id).vector).sort());
        expect(`${what}: cover of ${point.id}`, point.vector.cover, books.get(point.id).vector.cover);
    }
}

const STEPS = {
    'a collection with two named vectors': async () => {
        const vectors = {text: {size: 4, distance: 'Cosine'}, cover: {size: 3, distance: 'Manhattan'}};
        expect('create', await client.createCollection(name, {vectors}), true);
        expect('told', (await client.getCollection(name)).config.params.vectors, vectors);
    },
    'books go in with both vectors or one of them': async () => {
        await client.upsert(name, {wait: true, points: [...books.values()]});
        await expectBooks('stock', [1, 2, 3, 4, 5]);
    },
    'every kind of condition selects what it should': filters,
    'indexes of every kind change no answer': async () => {
        const kinds = {kind: 'keyword', tags: 'keyword', year: 'integer', price: 'float', sold: 'bool', published: 'datetime', 'shop.at': 'geo'};
        for (const [field_name, field_schema] of Object.entries(kinds)) {
            const made = await client.createPayloadIndex(name, {field_name, field_schema, wait: true});
            expect(`index ${field_name}`, made.status, 'completed');
        }
        const told = (await client.getCollection(name)).payload_schema;
        expect('told', sorted(Object.fromEntries(Object.entries(told).map(([key, index]) => [key, index.data_type]))), sorted(kinds));
        await filters();
    },
    'a text index matches words': async () => {
        const filter = {must: [{key: 'title', match: {text: 'SILENT'}}]};
        expect('without', (await client.count(name, {filter})).count, 0);
        await client.createPayloadIndex(name, {field_name: 'title', field_schema: {type: 'text', tokenizer: 'word', lowercase: true}, wait: true});
        expect('with', await scrollAll(filter), idsOf((b) => b.payload.title.split(' ').includes('silent')));
        await client.deletePayloadIndex(name, 'title', {wait: true});
        expect('again without', (await client.count(name, {filter})).count, 0);
    },
    'the nearest under a filter': async () => {
        const query = [10, 20, 30];
        const far = (b) => b.vector.cover.reduce((sum, x, i) => sum + Math.abs(x - query[i]), 0);
        for (const [what, condition, holds] of CONDITIONS) {
            const wanted = [...books.values()].filter((b) => b.vector.cover && holds(b)).sort((a, b) => far(a) - far(b));
            const hits = (await client.query(name, {query, using: 'cover', limit: 5, filter: {must: [condition]}})).points;
            expect(`${what}: distances`, hits.map((hit) => hit.score), wanted.slice(0, 5).map(far));
            expect(`${what}: all of them match`, hits.every((hit) => holds(books.get(hit.id))), true);
        }
    },
    'in the order of a field': async () => {
        const page = await client.scroll(name, {limit: 30, order_by: {key: 'year', direction: 'desc', start_from: 2010}});
        const wanted = [...books.values()].map((b) => b.payload.year).filter((year) => year <= 2010).sort((a, b) => b - a);
        expect('years', page.points.map((point) => point.payload.year), wanted.slice(0, 30));
        expect('values', page.points.map((point) => point.order_value), wanted.slice(0, 30));
        await expectError('no index', 400, 'No range index for `order_by` key: `title`', () => client.scroll(name, {order_by: 'title'}));
    },
    'how often each value occurs': async () => {
        const counts = new Map();
        for (const {payload} of books.values()) {
            counts.set(payload.kind, (counts.get(payload.kind) ?? 0) + 1);
        }
        const wanted = [...counts].map(([value, count]) => ({value, count})).sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
        expect('kinds', (await client.facet(name, {key: 'kind', exact: true})).hits, wanted);
    },
    'payloads are set, overwritten, cut and cleared': async () => {
        await client.setPayload(name, {wait: true, payload: {year: 1900, extra: {a: 1}}, points: [1, 2]});
        await client.setPayload(name, {wait: true, payload: {b: 2}, key: 'extra', points: [2]});
        await client.setPayload(name, {wait: true, payload: {old: true}, filter: {must: [{key: 'year', match: {value: 1900}}]}});
        for (const id of [1, 2]) {
            Object.assign(books.get(id).payload, {year: 1900, extra: id === 2 ? {a: 1, b: 2} : {a: 1}, old: true});
        }
        await client.overwritePayload(name, {wait: true, payload: {...books.get(3).payload, year: 7}, points: [3]});
        books.get(3).payload.year = 7;
        await client.deletePayload(name, {wait: true, keys: ['extra.a'], points: [1, 2]});
        delete books.get(1).payload.extra.a;
        delete books.get(2).payload.extra.a;
        await expectBooks('changed', [1, 2, 3]);
        await client.clearPayload(name, {wait: true, points: [4]});
        expect('cleared', (await client.retrieve(name, {ids: [4], with_payload: true}))[0].payload, {});
        await client.overwritePayload(name, {wait: true, payload: books.get(4).payload, points: [4]});
        await expectError('an unknown point', 404, 'No point with id 4242 found', () => client.setPayload(name, {wait: true, payload: {a: 1}, points: [4242]}));
        await filters();
    },
    'vectors alone, and many changes at once': async () => {
        await client.updateVectors(name, {wait: true, points: [{id: 5, vector: {cover: [1, 2, 3]}}]});
        books.get(5).vector.cover = [1, 2, 3];
        await client.deleteVectors(name, {wait: true, points: [6], vector: ['cover']});
        delete books.get(6).vector.cover;
        const results = await client.batchUpdate(name, {wait: true, operations: [
            {set_payload: {payload: {year: 2}, points: [5]}},
            {set_payload: {payload: {year: 3}, points: [5]}},
            {delete: {points: [COUNT]}},
        ]});
        expect('results', results.map((result) => result.status), ['completed', 'completed', 'completed']);
        books.get(5).payload.year = 3;
        books.delete(COUNT);
        await expectBooks('batch', [5, 6]);
        await client.delete(name, {wait: true, filter: {must: [{key: 'price', range: {lt: 3}}]}});
        for (const id of idsOf((b) => b.payload.price < 3)) {
            books.delete(id);
        }
        expect('what is left', await scrollAll(undefined), idsOf(() => true));
    },
    'aliases move readers in one step': async () => {
        const alias = `${name}-now`;
        await client.createCollection(other, {vectors: {size: 2, distance: 'Dot'}});
        await client.updateCollectionAliases({actions: [{create_alias: {collection_name: name, alias_name: alias}}]});
        expect('by alias', (await client.count(alias)).count, books.size);
        await client.updateCollectionAliases({actions: [{delete_alias: {alias_name: alias}}, {create_alias: {collection_name: other, alias_name: alias}}]});
        expect('moved', (await client.count(alias)).count, 0);
        expect('told', (await client.getCollectionAliases(other)).aliases, [{alias_name: alias, collection_name: other}]);
        await expectError('rename of none', 404, 'Alias nothing does not exists!', () =>
            client.updateCollectionAliases({actions: [{rename_alias: {old_alias_name: 'nothing', new_alias_name: 'x'}}]}));
    },
    'a live collection is changed': async () => {
        expect('update', await client.updateCollection(name, {optimizers_config: {indexing_threshold: 4321}}), true);
        expect('told', (await client.getCollection(name)).config.optimizer_config.indexing_threshold, 4321);
    },
};

await walk(client, STEPS, [name, other]);
