-- As q3-sets, with JSON put together as text.
WITH r AS MATERIALIZED (
    SELECT id, (name->original_language)::text AS name, row_number() OVER (ORDER BY sort_original, slug) AS n
    FROM region ORDER BY sort_original, slug LIMIT 20
), a AS MATERIALIZED (
    SELECT r.id AS region_id, x.* FROM r CROSS JOIN LATERAL (
        SELECT t.id, t.slug, (t.title->t.original_language)::text AS title, row_number() OVER (ORDER BY j.sort_date DESC NULLS LAST, j.slug) AS n
        FROM agreement_region j JOIN agreement t ON t.id = j.agreement_id
        WHERE j.region_id = r.id ORDER BY j.sort_date DESC NULLS LAST, j.slug LIMIT 10
    ) x
), p AS MATERIALIZED (
    SELECT d.id AS agreement_id, x.* FROM (SELECT DISTINCT id FROM a) d CROSS JOIN LATERAL (
        SELECT t.id, (t.name->t.original_language)::text AS name, row_number() OVER (ORDER BY t.sort_original, t.slug) AS n
        FROM agreement_party j JOIN party t ON t.id = j.party_id
        WHERE j.agreement_id = d.id ORDER BY t.sort_original, t.slug LIMIT 20
    ) x
), b AS MATERIALIZED (
    SELECT d.id AS party_id, x.* FROM (SELECT DISTINCT id FROM p) d CROSS JOIN LATERAL (
        SELECT j.agreement_id AS id, j.slug, row_number() OVER (ORDER BY j.sort_date DESC NULLS LAST, j.slug) AS n
        FROM agreement_party j
        WHERE j.party_id = d.id ORDER BY j.sort_date DESC NULLS LAST, j.slug LIMIT 5
    ) x
), g AS MATERIALIZED (
    SELECT d.id AS agreement_id, (
        SELECT concat('{"name":', t.name->t.original_language, '}') FROM agreement_program j JOIN program t ON t.id = j.program_id
        WHERE j.agreement_id = d.id ORDER BY t.sort_original, t.slug LIMIT 1
    ) AS program FROM (SELECT DISTINCT id FROM b) d
), of_party AS (
    SELECT b.party_id, string_agg(concat('{"slug":"', b.slug, '","programs":{"nodes":[', g.program, ']}}'), ',' ORDER BY b.n) AS list
    FROM b JOIN g ON g.agreement_id = b.id GROUP BY 1
), of_agreement AS (
    SELECT p.agreement_id, string_agg(concat('{"name":', p.name, ',"agreements":{"nodes":[', of_party.list, ']}}'), ',' ORDER BY p.n) AS list
    FROM p LEFT JOIN of_party ON of_party.party_id = p.id GROUP BY 1
), of_region AS (
    SELECT a.region_id, string_agg(concat('{"slug":"', a.slug, '","title":', a.title, ',"parties":{"nodes":[', of_agreement.list, ']}}'), ',' ORDER BY a.n) AS list
    FROM a LEFT JOIN of_agreement ON of_agreement.agreement_id = a.id GROUP BY 1
)
SELECT concat('{"regions":{"nodes":[', string_agg(concat('{"name":', r.name, ',"agreements":{"nodes":[', of_region.list, ']}}'), ',' ORDER BY r.n), ']}}')
FROM r LEFT JOIN of_region ON of_region.region_id = r.id
