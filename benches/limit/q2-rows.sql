-- Rows turned into JSON whole, with a lateral join for each list.
SELECT json_build_object('agreements', json_build_object('nodes', coalesce(json_agg(row_to_json(r)), '[]'))) FROM (
    SELECT node_id('Agreement', a.id) AS id, a.slug, a.kind, a.status, a.title->>a.original_language AS title,
        CASE WHEN a.signed_on_edtf IS NOT NULL THEN json_build_object('edtf', a.signed_on_edtf) END AS "signedOn",
        programs, parties, regions, actions
    FROM (SELECT * FROM agreement ORDER BY sort_date DESC NULLS LAST, slug LIMIT 50) a
    CROSS JOIN LATERAL (SELECT coalesce(json_agg(x), '[]') AS nodes FROM (
        SELECT t.name->>t.original_language AS name FROM agreement_program j JOIN program t ON t.id = j.program_id
        WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 3
    ) x) programs
    CROSS JOIN LATERAL (SELECT coalesce(json_agg(x), '[]') AS edges FROM (
        SELECT j.roles, json_build_object('name', t.name->>t.original_language) AS node FROM agreement_party j JOIN party t ON t.id = j.party_id
        WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 20
    ) x) parties
    CROSS JOIN LATERAL (SELECT coalesce(json_agg(x), '[]') AS nodes FROM (
        SELECT t.name->>t.original_language AS name FROM agreement_region j JOIN region t ON t.id = j.region_id
        WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 20
    ) x) regions
    CROSS JOIN LATERAL (SELECT coalesce(json_agg(x), '[]') AS nodes FROM (
        SELECT t.title->>t.original_language AS title FROM action_agreement j JOIN action t ON t.id = j.action_id
        WHERE j.agreement_id = a.id ORDER BY j.sort_date NULLS LAST, j.slug LIMIT 5
    ) x) actions
) r
