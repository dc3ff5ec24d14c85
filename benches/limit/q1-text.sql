-- JSON put together as text: only values that may hold a quotation mark or a sign are escaped.
SELECT format('{"agreement":{"id":"%s","slug":"%s","kind":"%s","status":"%s","title":%s,"summary":%s,"signedOn":%s,"startsOn":%s,"endsOn":%s,"programs":{"nodes":[%s]},"parties":{"edges":[%s]},"regions":{"nodes":[%s]},"actions":{"nodes":[%s]},"contributions":[%s]}}',
    node_id('Agreement', a.id), a.slug, a.kind, a.status,
    (a.title->a.original_language)::text, coalesce((a.summary->a.original_language)::text, 'null'),
    coalesce('{"edtf":"' || a.signed_on_edtf || '","earliest":' || coalesce('"' || a.signed_on_earliest || '"', 'null') || '}', 'null'),
    coalesce('{"edtf":"' || a.starts_on_edtf || '","earliest":' || coalesce('"' || a.starts_on_earliest || '"', 'null') || '}', 'null'),
    coalesce('{"edtf":"' || a.ends_on_edtf || '","latest":' || coalesce('"' || a.ends_on_latest || '"', 'null') || '}', 'null'),
    (SELECT string_agg('{"id":"' || node_id('Program', x.id) || '","slug":"' || x.slug || '","name":' || x.name || '}', ',')
        FROM (
            SELECT t.id, t.slug, (t.name->t.original_language)::text AS name
            FROM agreement_program j JOIN program t ON t.id = j.program_id
            WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 10
        ) x),
    (SELECT string_agg('{"roles":["' || array_to_string(x.roles, '","') || '"],"node":{"id":"' || node_id('Party', x.id) || '","slug":"' || x.slug
            || '","kind":"' || x.kind || '","name":' || x.name || ',"acronym":' || coalesce(x.acronym, 'null') || '}}', ',')
        FROM (
            SELECT j.roles, t.id, t.slug, t.kind, (t.name->t.original_language)::text AS name, (t.acronym->t.original_language)::text AS acronym
            FROM agreement_party j JOIN party t ON t.id = j.party_id
            WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 50
        ) x),
    (SELECT string_agg('{"id":"' || node_id('Region', x.id) || '","slug":"' || x.slug || '","name":' || x.name || ',"codes":[' || coalesce((
            SELECT string_agg('{"scheme":"' || c.scheme || '","value":"' || c.value || '"}', ',' ORDER BY c.position)
            FROM region_code c WHERE c.region_id = x.id
        ), '') || ']}', ',')
        FROM (
            SELECT t.id, t.slug, (t.name->t.original_language)::text AS name
            FROM agreement_region j JOIN region t ON t.id = j.region_id
            WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 50
        ) x),
    (SELECT string_agg('{"id":"' || node_id('Action', x.id) || '","title":' || x.title || ',"status":"' || x.status || '","period":'
            || coalesce('{"edtf":"' || x.period_edtf || '"}', 'null') || '}', ',')
        FROM (
            SELECT t.id, (t.title->t.original_language)::text AS title, t.status, t.period_edtf
            FROM action_agreement j JOIN action t ON t.id = j.action_id
            WHERE j.agreement_id = a.id ORDER BY j.sort_date NULLS LAST, j.slug LIMIT 50
        ) x),
    (SELECT string_agg('{"kind":"' || c.kind || '","qualifier":"' || c.qualifier || '","money":'
            || coalesce('{"amount":"' || c.money_amount || '","currency":"' || c.money_currency || '"}', 'null')
            || ',"funder":' || coalesce('{"name":' || (f.name->f.original_language)::text || '}', 'null') || '}', ',' ORDER BY c.position)
        FROM contribution c LEFT JOIN party f ON f.id = c.funder_id WHERE c.record_id = a.id))
FROM agreement a WHERE a.slug = :'slug'
