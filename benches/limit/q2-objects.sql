-- Objects built one by one, with a subquery for each list of each row.
SELECT json_build_object('agreements', json_build_object('nodes', coalesce(json_agg(json_build_object(
    'id', node_id('Agreement', a.id), 'slug', a.slug, 'kind', a.kind, 'status', a.status, 'title', a.title->>a.original_language,
    'signedOn', CASE WHEN a.signed_on_edtf IS NOT NULL THEN json_build_object('edtf', a.signed_on_edtf) END,
    'programs', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object('name', x.name)), '[]') FROM (
            SELECT t.name->>t.original_language AS name FROM agreement_program j JOIN program t ON t.id = j.program_id
            WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 3
        ) x)),
    'parties', json_build_object('edges', (
        SELECT coalesce(json_agg(json_build_object('roles', x.roles, 'node', json_build_object('name', x.name))), '[]') FROM (
            SELECT j.roles, t.name->>t.original_language AS name FROM agreement_party j JOIN party t ON t.id = j.party_id
            WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 20
        ) x)),
    'regions', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object('name', x.name)), '[]') FROM (
            SELECT t.name->>t.original_language AS name FROM agreement_region j JOIN region t ON t.id = j.region_id
            WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 20
        ) x)),
    'actions', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object('title', x.title)), '[]') FROM (
            SELECT t.title->>t.original_language AS title FROM action_agreement j JOIN action t ON t.id = j.action_id
            WHERE j.agreement_id = a.id ORDER BY j.sort_date NULLS LAST, j.slug LIMIT 5
        ) x))
)), '[]')))
FROM (SELECT * FROM agreement ORDER BY sort_date DESC NULLS LAST, slug LIMIT 50) a
