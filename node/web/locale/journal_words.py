"""What the journal's entries say in words; an action without a word here is shown by its code."""

from __future__ import annotations

from collections.abc import Mapping

from node.web.locale import issue_words

ACTORS: Mapping[str, str] = {
    **issue_words.ACTORS,
    "cur": "команда на сервере",
    "federation": "обмен между узлами",
    "retention": "сроки хранения",
}
"""Who acts without signing in."""

ISSUE = "issue_"
ACTIONS: Mapping[str, str] = {
    "submit_appeal": "Зарегистрировано обращение",
    "acknowledge_alert": "Принята тревога",
    "repeat_dismissed": "Повтор отклонён: проблемы разные",
    "contact_corrected": "Исправлены контакты по запросу жителя",
    "person_exported": "Выдана копия данных жителя",
    "erasure_requested": "Житель попросил удалить его данные",
    "data_erased": "Удалены или обезличены данные",
    "hold_placed": "Запрещено удаление",
    "hold_released": "Снят запрет удаления",
    "add_photos": "Добавлены файлы",
    "erase_photos": "Удалены файлы",
    "import_appeals": "Загружены обращения из файла",
    "write_past": "Сыграно прошлое демонстрации",
    "scenario_loaded": "Загружен сценарий",
    "delivery_retried": "Отправлено жителю ещё раз",
    "person_added": "Заведён сотрудник",
    "person_edited": "Изменены сведения о сотруднике",
    "person_disabled": "Отключён сотрудник",
    "person_enabled": "Включён сотрудник",
    "person_unlocked": "Открыт вход",
    "letters_switched_off": "Отключены письма о сроках",
    "letters_switched_on": "Включены письма о сроках",
    "role_granted": "Дана роль",
    "role_revoked": "Отозвана роль",
    "password_reset": "Выдан новый пароль",
    "password_changed": "Сменён пароль",
    "provider_linked": "Привязан корпоративный вход",
    "signed_in": "Вход",
    "signed_out_everywhere": "Выход во всех браузерах",
    "login_locked": "Вход закрыт после неверных паролей",
    "token_added": "Создан токен",
    "token_revoked": "Отозван токен",
    "directive_issued": "Дано поручение",
    "directive_revised": "Изменено поручение",
    "directive_withdrawn": "Отозвано поручение",
    "directive_reported": "Отчёт по поручению",
    "directive_risk_added": "Внесено в зону риска",
    "directive_risk_removed": "Исключено из зоны риска",
    "help_asked": "Задан вопрос",
    "help_answered": "Дан ответ на вопрос",
    "help_closed": "Закрыт вопрос",
    "help_withdrawn": "Отозван вопрос",
    "help_seen": "Прочтён вопрос",
    "directory_published": "Подписан справочник",
    "directory_received": "Получен справочник",
    "descriptor_sealed": "Подписано описание узла",
    "certificate_renewed": "Продлён сертификат",
    "routing_draft_begun": "Начат черновик маршрутов",
    "routing_draft_saved": "Сохранён черновик маршрутов",
    "routing_draft_discarded": "Убран черновик маршрутов",
    "routing_published": "Опубликованы маршруты",
    "routing_retired": "Возвращены маршруты поставки",
    "child_invited": "Приглашён подчинённый узел",
    "child_enrolled": "Вошёл подчинённый узел",
    "parent_joined": "Вход под вышестоящий узел",
    "invitation_used_twice": "Приглашение предъявлено второй раз",
}


def action(code: str) -> str:
    """`Дано поручение`; a move of an issue as its history tells it: `Проблема: дан ответ`."""
    if code in ACTIONS:
        return ACTIONS[code]
    move = issue_words.HAPPENED.get(code.removeprefix(ISSUE)) if code.startswith(ISSUE) else None
    return f"Проблема: {move[:1].lower()}{move[1:]}" if move else code
