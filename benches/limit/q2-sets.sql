-- Each relation aggregated once for the whole page, then joined to it.
WITH page AS MATERIALIZED (
    SELECT id, slug, kind, status, title->>original_language AS title, signed_on_edtf, row_number() OVER (ORDER BY sort_date DESC NULLS LAST, slug) AS n
    FROM agreement ORDER BY sort_date DESC NULLS LAST, slug LIMIT 50
), programs AS (
    SELECT agreement_id, json_agg(json_build_object('name', name) ORDER BY n) AS list FROM (
        SELECT j.agreement_id, t.name->>t.original_language AS name, row_number() OVER (PARTITION BY j.agreement_id ORDER BY t.sort_original, t.slug) AS n
        FROM page JOIN agreement_program j ON j.agreement_id = page.id JOIN program t ON t.id = j.program_id
    ) x WHERE n <= 3 GROUP BY 1
), parties AS (
    SELECT agreement_id, json_agg(json_build_object('roles', roles, 'node', json_build_object('name', name)) ORDER BY n) AS list FROM (
        SELECT j.agreement_id, j.roles, t.name->>t.original_language AS name, row_number() OVER (PARTITION BY j.agreement_id ORDER BY t.sort_original, t.slug) AS n
        FROM page JOIN agreement_party j ON j.agreement_id = page.id JOIN party t ON t.id = j.party_id
    ) x WHERE n <= 20 GROUP BY 1
), regions AS (
    SELECT agreement_id, json_agg(json_build_object('name', name) ORDER BY n) AS list FROM (
        SELECT j.agreement_id, t.name->>t.original_language AS name, row_number() OVER (PARTITION BY j.agreement_id ORDER BY t.sort_original, t.slug) AS n
        FROM page JOIN agreement_region j ON j.agreement_id = page.id JOIN region t ON t.id = j.region_id
    ) x WHERE n <= 20 GROUP BY 1
), actions AS (
    SELECT agreement_id, json_agg(json_build_object('title', title) ORDER BY n) AS list FROM (
        SELECT j.agreement_id, t.title->>t.original_language AS title, row_number() OVER (PARTITION BY j.agreement_id ORDER BY j.sort_date NULLS LAST, j.slug) AS n
        FROM page JOIN action_agreement j ON j.agreement_id = page.id JOIN action t ON t.id = j.action_id
    ) x WHERE n <= 5 GROUP BY 1
)
SELECT json_build_object('agreements', json_build_object('nodes', coalesce(json_agg(json_build_object(
    'id', node_id('Agreement', a.id), 'slug', a.slug, 'kind', a.kind, 'status', a.status, 'title', a.title,
    'signedOn', CASE WHEN a.signed_on_edtf IS NOT NULL THEN json_build_object('edtf', a.signed_on_edtf) END,
    'programs', json_build_object('nodes', coalesce(programs.list, '[]')),
    'parties', json_build_object('edges', coalesce(parties.list, '[]')),
    'regions', json_build_object('nodes', coalesce(regions.list, '[]')),
    'actions', json_build_object('nodes', coalesce(actions.list, '[]'))
) ORDER BY a.n), '[]')))
FROM page a
LEFT JOIN programs ON programs.agreement_id = a.id
LEFT JOIN parties ON parties.agreement_id = a.id
LEFT JOIN regions ON regions.agreement_id = a.id
LEFT JOIN actions ON actions.agreement_id = a.id
