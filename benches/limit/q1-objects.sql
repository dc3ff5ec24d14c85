-- Objects built one by one, with a subquery for each list.
SELECT json_build_object('agreement', json_build_object(
    'id', node_id('Agreement', a.id), 'slug', a.slug, 'kind', a.kind, 'status', a.status,
    'title', a.title->>a.original_language, 'summary', a.summary->>a.original_language,
    'signedOn', CASE WHEN a.signed_on_edtf IS NOT NULL THEN json_build_object('edtf', a.signed_on_edtf, 'earliest', a.signed_on_earliest) END,
    'startsOn', CASE WHEN a.starts_on_edtf IS NOT NULL THEN json_build_object('edtf', a.starts_on_edtf, 'earliest', a.starts_on_earliest) END,
    'endsOn', CASE WHEN a.ends_on_edtf IS NOT NULL THEN json_build_object('edtf', a.ends_on_edtf, 'latest', a.ends_on_latest) END,
    'programs', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object('id', node_id('Program', x.id), 'slug', x.slug, 'name', x.name->>x.original_language)), '[]')
        FROM (
            SELECT t.* FROM agreement_program j JOIN program t ON t.id = j.program_id
            WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 10
        ) x)),
    'parties', json_build_object('edges', (
        SELECT coalesce(json_agg(json_build_object('roles', x.roles, 'node', json_build_object(
            'id', node_id('Party', x.id), 'slug', x.slug, 'kind', x.kind,
            'name', x.name->>x.original_language, 'acronym', x.acronym->>x.original_language))), '[]')
        FROM (
            SELECT j.roles, t.* FROM agreement_party j JOIN party t ON t.id = j.party_id
            WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 50
        ) x)),
    'regions', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object(
            'id', node_id('Region', x.id), 'slug', x.slug, 'name', x.name->>x.original_language,
            'codes', (
                SELECT coalesce(json_agg(json_build_object('scheme', c.scheme, 'value', c.value) ORDER BY c.position), '[]')
                FROM region_code c WHERE c.region_id = x.id
            ))), '[]')
        FROM (
            SELECT t.* FROM agreement_region j JOIN region t ON t.id = j.region_id
            WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 50
        ) x)),
    'actions', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object(
            'id', node_id('Action', x.id), 'title', x.title->>x.original_language, 'status', x.status,
            'period', CASE WHEN x.period_edtf IS NOT NULL THEN json_build_object('edtf', x.period_edtf) END)), '[]')
        FROM (
            SELECT t.* FROM action_agreement j JOIN action t ON t.id = j.action_id
            WHERE j.agreement_id = a.id ORDER BY j.sort_date NULLS LAST, j.slug LIMIT 50
        ) x)),
    'contributions', (
        SELECT coalesce(json_agg(json_build_object(
            'kind', c.kind, 'qualifier', c.qualifier,
            'money', CASE WHEN c.money_amount IS NOT NULL THEN json_build_object('amount', c.money_amount::text, 'currency', c.money_currency) END,
            'funder', CASE WHEN f.id IS NOT NULL THEN json_build_object('name', f.name->>f.original_language) END) ORDER BY c.position), '[]')
        FROM contribution c LEFT JOIN party f ON f.id = c.funder_id WHERE c.record_id = a.id)
))
FROM agreement a WHERE a.slug = :'slug'
