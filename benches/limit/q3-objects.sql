-- Objects built one by one, four subqueries deep.
SELECT json_build_object('regions', json_build_object('nodes', coalesce(json_agg(json_build_object(
    'name', r.name->>r.original_language,
    'agreements', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object('slug', a.slug, 'title', a.title->>a.original_language,
            'parties', json_build_object('nodes', (
                SELECT coalesce(json_agg(json_build_object('name', p.name->>p.original_language,
                    'agreements', json_build_object('nodes', (
                        SELECT coalesce(json_agg(json_build_object('slug', b.slug, 'programs', json_build_object('nodes', (
                            SELECT coalesce(json_agg(json_build_object('name', g.name)), '[]') FROM (
                                SELECT t.name->>t.original_language AS name FROM agreement_program j JOIN program t ON t.id = j.program_id
                                WHERE j.agreement_id = b.id ORDER BY t.sort_original, t.slug LIMIT 1
                            ) g)))), '[]')
                        FROM (
                            SELECT t.id, t.slug FROM agreement_party j JOIN agreement t ON t.id = j.agreement_id
                            WHERE j.party_id = p.id ORDER BY j.sort_date DESC NULLS LAST, j.slug LIMIT 5
                        ) b)))), '[]')
                FROM (
                    SELECT t.id, t.name, t.original_language FROM agreement_party j JOIN party t ON t.id = j.party_id
                    WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug LIMIT 20
                ) p)))), '[]')
        FROM (
            SELECT t.id, t.slug, t.title, t.original_language FROM agreement_region j JOIN agreement t ON t.id = j.agreement_id
            WHERE j.region_id = r.id ORDER BY j.sort_date DESC NULLS LAST, j.slug LIMIT 10
        ) a))
)), '[]')))
FROM (SELECT * FROM region ORDER BY sort_original, slug LIMIT 20) r
