-- Level by level: each party's list is made once, however often the party comes up.
WITH r AS MATERIALIZED (
    SELECT id, name->>original_language AS name, row_number() OVER (ORDER BY sort_original, slug) AS n
    FROM region ORDER BY sort_original, slug LIMIT 20
), a AS MATERIALIZED (
    SELECT r.id AS region_id, x.* FROM r CROSS JOIN LATERAL (
        SELECT t.id, t.slug, t.title->>t.original_language AS title, row_number() OVER (ORDER BY j.sort_date DESC NULLS LAST, j.slug) AS n
        FROM agreement_region j JOIN agreement t ON t.id = j.agreement_id
        WHERE j.region_id = r.id ORDER BY j.sort_date DESC NULLS LAST, j.slug LIMIT 10
    ) x
), p AS MATERIALIZED (
    SELECT d.id AS agreement_id, x.* FROM (SELECT DISTINCT id FROM a) d CROSS JOIN LATERAL (
        SELECT t.id, t.name->>t.original_language AS name, row_number() OVER (ORDER BY t.sort_original, t.slug) AS n
        FROM agreement_party j JOIN party t ON t.id = j.party_id
        WHERE j.agreement_id = d.id ORDER BY t.sort_original, t.slug LIMIT 20
    ) x
), b AS MATERIALIZED (
    SELECT d.id AS party_id, x.* FROM (SELECT DISTINCT id FROM p) d CROSS JOIN LATERAL (
        SELECT t.id, t.slug, row_number() OVER (ORDER BY j.sort_date DESC NULLS LAST, j.slug) AS n
        FROM agreement_party j JOIN agreement t ON t.id = j.agreement_id
        WHERE j.party_id = d.id ORDER BY j.sort_date DESC NULLS LAST, j.slug LIMIT 5
    ) x
), g AS MATERIALIZED (
    SELECT d.id AS agreement_id, json_build_object('nodes', coalesce(x.list, '[]')) AS programs FROM (SELECT DISTINCT id FROM b) d CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object('name', y.name)) AS list FROM (
            SELECT t.name->>t.original_language AS name FROM agreement_program j JOIN program t ON t.id = j.program_id
            WHERE j.agreement_id = d.id ORDER BY t.sort_original, t.slug LIMIT 1
        ) y
    ) x
), of_party AS (
    SELECT b.party_id, json_agg(json_build_object('slug', b.slug, 'programs', g.programs) ORDER BY b.n) AS list
    FROM b JOIN g ON g.agreement_id = b.id GROUP BY 1
), of_agreement AS (
    SELECT p.agreement_id, json_agg(json_build_object('name', p.name, 'agreements', json_build_object('nodes', coalesce(of_party.list, '[]'))) ORDER BY p.n) AS list
    FROM p LEFT JOIN of_party ON of_party.party_id = p.id GROUP BY 1
), of_region AS (
    SELECT a.region_id, json_agg(json_build_object('slug', a.slug, 'title', a.title, 'parties', json_build_object('nodes', coalesce(of_agreement.list, '[]'))) ORDER BY a.n) AS list
    FROM a LEFT JOIN of_agreement ON of_agreement.agreement_id = a.id GROUP BY 1
)
SELECT json_build_object('regions', json_build_object('nodes', coalesce(json_agg(json_build_object(
    'name', r.name, 'agreements', json_build_object('nodes', coalesce(of_region.list, '[]'))) ORDER BY r.n), '[]')))
FROM r LEFT JOIN of_region ON of_region.region_id = r.id
