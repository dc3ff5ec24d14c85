-- Rows turned into JSON whole, with a lateral join for each list.
SELECT json_build_object('agreement', row_to_json(r)) FROM (
    SELECT node_id('Agreement', a.id) AS id, a.slug, a.kind, a.status,
        a.title->>a.original_language AS title, a.summary->>a.original_language AS summary,
        CASE WHEN a.signed_on_edtf IS NOT NULL THEN json_build_object('edtf', a.signed_on_edtf, 'earliest', a.signed_on_earliest) END AS "signedOn",
        CASE WHEN a.starts_on_edtf IS NOT NULL THEN json_build_object('edtf', a.starts_on_edtf, 'earliest', a.starts_on_earliest) END AS "startsOn",
        CASE WHEN a.ends_on_edtf IS NOT NULL THEN json_build_object('edtf', a.ends_on_edtf, 'latest', a.ends_on_latest) END AS "endsOn",
        json_build_object('nodes', programs.list) AS programs, json_build_object('edges', parties.list) AS parties,
        json_build_object('nodes', regions.list) AS regions, json_build_object('nodes', actions.list) AS actions,
        contributions.list AS contributions
    FROM agreement a
    CROSS JOIN LATERAL (SELECT coalesce(json_agg(row_to_json(x)), '[]') AS list FROM (
        SELECT node_id('Program', t.id) AS id, t.slug, t.name->>t.original_language AS name
        FROM agreement_program j JOIN program t ON t.id = j.program_id
        WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 10
    ) x) programs
    CROSS JOIN LATERAL (SELECT coalesce(json_agg(row_to_json(x)), '[]') AS list FROM (
        SELECT j.roles, json_build_object('id', node_id('Party', t.id), 'slug', t.slug, 'kind', t.kind,
            'name', t.name->>t.original_language, 'acronym', t.acronym->>t.original_language) AS node
        FROM agreement_party j JOIN party t ON t.id = j.party_id
        WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 50
    ) x) parties
    CROSS JOIN LATERAL (SELECT coalesce(json_agg(row_to_json(x)), '[]') AS list FROM (
        SELECT node_id('Region', t.id) AS id, t.slug, t.name->>t.original_language AS name, c.list AS codes
        FROM agreement_region j JOIN region t ON t.id = j.region_id
        CROSS JOIN LATERAL (SELECT coalesce(json_agg(row_to_json(y)), '[]') AS list FROM (
            SELECT c.scheme, c.value FROM region_code c WHERE c.region_id = t.id ORDER BY c.position
        ) y) c
        WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 50
    ) x) regions
    CROSS JOIN LATERAL (SELECT coalesce(json_agg(row_to_json(x)), '[]') AS list FROM (
        SELECT node_id('Action', t.id) AS id, t.title->>t.original_language AS title, t.status,
            CASE WHEN t.period_edtf IS NOT NULL THEN json_build_object('edtf', t.period_edtf) END AS period
        FROM action_agreement j JOIN action t ON t.id = j.action_id
        WHERE j.agreement_id = a.id ORDER BY j.sort_date NULLS LAST, j.slug LIMIT 50
    ) x) actions
    CROSS JOIN LATERAL (SELECT coalesce(json_agg(row_to_json(x)), '[]') AS list FROM (
        SELECT c.kind, c.qualifier,
            CASE WHEN c.money_amount IS NOT NULL THEN json_build_object('amount', c.money_amount::text, 'currency', c.money_currency) END AS money,
            CASE WHEN f.id IS NOT NULL THEN json_build_object('name', f.name->>f.original_language) END AS funder
        FROM contribution c LEFT JOIN party f ON f.id = c.funder_id
        WHERE c.record_id = a.id ORDER BY c.position
    ) x) contributions
    WHERE a.slug = :'slug'
) r
